"""What is sent on: the queue of jobs, the rules, and sending by hand."""

from urllib.parse import urlencode

from app.client.answers import read, read_all
from app.client.calls.base import Calls
from app.domain.calls import ForwardedStudy
from app.domain.jobs import Job, JobState
from app.domain.printing import PrintRequest
from app.domain.routing import DryRun, RoutingRule


class RoutingCalls(Calls):
    """Jobs and routing."""

    def jobs(self, state: JobState | None = None, kind: str = "") -> tuple[Job, ...]:
        """The newest jobs, some hundred, in `state` and of `kind` when they are named."""
        asked = urlencode({"state": state or "", "kind": kind})
        return read_all(Job, self.connection.get(f"/api/jobs?{asked}"))

    def replay_job(self, job_id: int) -> Job:
        """Queue a job anew, or let one that waits begin now. Raises ConflictError for others."""
        return read(Job, self.connection.post(f"/api/jobs/{job_id}/replay", {}))

    def cancel_job(self, job_id: int) -> Job:
        """Take a job out of the queue. Raises ConflictError for one that has ended."""
        return read(Job, self.connection.post(f"/api/jobs/{job_id}/cancel", {}))

    def routing_rules(self) -> tuple[RoutingRule, ...]:
        """Every routing rule, by name."""
        return read_all(RoutingRule, self.connection.get("/api/routing"))

    def add_routing_rule(self, rule: RoutingRule) -> RoutingRule:
        """Keep a new rule; the server makes its id. Raises InvalidError naming the field."""
        return read(RoutingRule, self.connection.post("/api/routing", rule))

    def save_routing_rule(self, rule: RoutingRule) -> RoutingRule:
        """Replace the rule of that id. Raises InvalidError and NotFoundError."""
        path = f"/api/routing/{rule.rule_id}"
        return read(RoutingRule, self.connection.send_json("PUT", path, rule))

    def delete_routing_rule(self, rule_id: str) -> None:
        """Forget a rule; one that is gone already is no error."""
        self.connection.delete(f"/api/routing/{rule_id}")

    def dry_run(self, rule: RoutingRule) -> DryRun:
        """What a rule would send of the newest studies; nothing is sent. Raises InvalidError."""
        return read(DryRun, self.connection.post("/api/routing/dry-run", rule))

    def forward(self, study_uid: str, ae_title: str) -> None:
        """Queue the sending of a study to a node. Raises NotFoundError."""
        self.connection.post(f"/api/studies/{study_uid}/forward", ForwardedStudy(ae_title))

    def print_images(self, study_uid: str, wanted: PrintRequest) -> None:
        """Queue the printing of images on film. Raises InvalidError and NotFoundError."""
        self.connection.post(f"/api/studies/{study_uid}/print", wanted)
