"""MongoDB: facts, generations and everything else that is kept; and the embedded server."""

from .errors import (
    BusyError,
    EmbeddedServerError,
    InvalidDocumentError,
    LeaseLostError,
    StoreError,
    StoreUnavailableError,
    UnknownEnvironmentError,
    UnknownGenerationError,
    UnknownScanError,
)
from .facts import Staged
from .generations import Generation
from .publishing import Publication
from .store import Store
from .views import View

__all__ = [
    "BusyError",
    "EmbeddedServerError",
    "Generation",
    "InvalidDocumentError",
    "LeaseLostError",
    "Publication",
    "Staged",
    "Store",
    "StoreError",
    "StoreUnavailableError",
    "UnknownEnvironmentError",
    "UnknownGenerationError",
    "UnknownScanError",
    "View",
]
