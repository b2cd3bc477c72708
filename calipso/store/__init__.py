"""MongoDB: facts, generations and everything else that is kept; and the embedded server."""

from .accounts import User
from .attempts import Attempt
from .errors import (
    BusyError,
    ConflictError,
    EmbeddedServerError,
    EnvironmentExistsError,
    InvalidDocumentError,
    LastAdministratorError,
    LeaseLostError,
    NameTakenError,
    StoreError,
    StoreUnavailableError,
    UnknownEnvironmentError,
    UnknownGenerationError,
    UnknownScanError,
    UnknownTokenError,
    UnknownUserError,
    UnusableNameError,
    UserExistsError,
)
from .facts import Staged
from .generations import Generation
from .publishing import Publication
from .snapshots import LATEST
from .store import Store
from .tokens import Token
from .views import View

__all__ = [
    "LATEST",
    "Attempt",
    "BusyError",
    "ConflictError",
    "EmbeddedServerError",
    "EnvironmentExistsError",
    "Generation",
    "InvalidDocumentError",
    "LastAdministratorError",
    "LeaseLostError",
    "NameTakenError",
    "Publication",
    "Staged",
    "Store",
    "StoreError",
    "StoreUnavailableError",
    "Token",
    "UnknownEnvironmentError",
    "UnknownGenerationError",
    "UnknownScanError",
    "UnknownTokenError",
    "UnknownUserError",
    "UnusableNameError",
    "User",
    "UserExistsError",
    "View",
]
