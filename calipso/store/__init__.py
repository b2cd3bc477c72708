"""MongoDB: facts, generations and everything else that is kept; and the embedded server."""

from .accounts import User
from .attempts import Attempt
from .claims import Claim
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
    UnknownScheduleError,
    UnknownTokenError,
    UnknownUserError,
    UnusableNameError,
    UserExistsError,
)
from .fact_course import Applied
from .generations import Generation
from .making import Publication
from .monitoring_config import ConfigurationChanges
from .results import Recorded
from .snapshots import LATEST
from .staging import Staged
from .statistics import Sample
from .store import Store
from .throughput import Growth
from .tokens import Token
from .views import View

__all__ = [
    "LATEST",
    "Applied",
    "Attempt",
    "BusyError",
    "Claim",
    "ConfigurationChanges",
    "ConflictError",
    "EmbeddedServerError",
    "EnvironmentExistsError",
    "Generation",
    "Growth",
    "InvalidDocumentError",
    "LastAdministratorError",
    "LeaseLostError",
    "NameTakenError",
    "Publication",
    "Recorded",
    "Sample",
    "Staged",
    "Store",
    "StoreError",
    "StoreUnavailableError",
    "Token",
    "UnknownEnvironmentError",
    "UnknownGenerationError",
    "UnknownScanError",
    "UnknownScheduleError",
    "UnknownTokenError",
    "UnknownUserError",
    "UnusableNameError",
    "User",
    "UserExistsError",
    "View",
]
