"""Sensu's check that runs all of Calipso's checks on this host, and hands in each result by itself."""

from __future__ import annotations

from calipso_checks.agent import CoreClient, GoAgent
from calipso_checks.batch import hand_in, hand_in_samples
from calipso_checks.host import Host
from calipso_checks.plan import DEFAULT_PATH, PlanError, load_plan
from calipso_checks.result import OK
from sensu_plugin import SensuPluginCheck


class Batch(SensuPluginCheck):  # type: ignore[misc]
    """Ends with ok once all is handed in, whatever it says, and with unknown where that cannot be."""

    def setup(self) -> None:
        self.parser.description = __doc__
        self.parser.add_argument("--config", default=DEFAULT_PATH, help=f"The host's file ({DEFAULT_PATH}).")
        self.parser.add_argument(
            "--metrics", action="store_true", help="Hand in counters, and not what checks say."
        )
        self.parser.add_argument(
            "--agent",
            default="127.0.0.1:3031",
            metavar="HOST:PORT",
            help="Sensu Go's agent (127.0.0.1:3031).",
        )
        self.parser.add_argument(
            "--client", metavar="HOST:PORT", help="Sensu Core's client, in place of an agent."
        )

    def run(self) -> None:
        self.check_name("calipso_metrics" if self.options.metrics else "calipso_batch")
        try:
            plan = load_plan(self.options.config)
        except PlanError as problem:
            self.unknown(str(problem))
        host, _colon, port = (self.options.client or self.options.agent).rpartition(":")
        if not port.isdigit():
            self.unknown("--agent and --client want HOST:PORT")
        agent = CoreClient(host, int(port)) if self.options.client else GoAgent(host, int(port))
        done = (hand_in_samples if self.options.metrics else hand_in)(plan, Host(), agent)
        (self.ok if done.status == OK else self.unknown)(done.text)


if __name__ == "__main__":
    Batch()
