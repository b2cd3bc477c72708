"""Templates of monitoring's configuration."""

from __future__ import annotations

from ..model.topology import Document
from .conditions import Where, all_of, matching
from .connected import Connected
from .errors import raises_store_errors


@raises_store_errors
class TemplateStore(Connected):
    """Documents with id, order, side, type, monitoring_system, condition and config."""

    def monitoring_config_templates(
        self, where: Where | None = None, *, skip: int = 0, limit: int | None = None
    ) -> list[Document]:
        """Return the templates, in their order. `where` is as in `View`."""
        if limit == 0:
            return []
        found = self._collections["monitoring_config_templates"].find(
            all_of(matching(where)), {"_id": 0}, sort=[("order", 1), ("id", 1)], skip=skip, limit=limit or 0
        )
        return list(found)
