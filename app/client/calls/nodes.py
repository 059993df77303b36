"""Remote nodes, and the archives among them."""

from app.client.answers import read, read_all
from app.client.calls.base import Calls, node_path
from app.domain.archives import ArchivePage, ArchiveQuery, Retrieval
from app.domain.calls import NodeSecret, WantedStudy
from app.domain.nodes import EchoResult, RemoteNode


class NodeCalls(Calls):
    """Records of nodes, and what comes from those that are archives."""

    def nodes(self) -> tuple[RemoteNode, ...]:
        """Every remote node, by AE title."""
        return read_all(RemoteNode, self.connection.get("/api/nodes"))

    def add_node(self, node: RemoteNode) -> None:
        """Record a node. Raises InvalidError, and ConflictError when its AE title is taken."""
        self.connection.post("/api/nodes", node)

    def save_node(self, node: RemoteNode) -> None:
        """Replace the node of that AE title. Raises InvalidError."""
        self.connection.send_json("PUT", node_path(node.ae_title), node)

    def keep_node_secret(self, ae_title: str, secret: str) -> None:
        """Keep the password or token for a node's DICOMweb, or forget it when it is empty.

        Raises InvalidError for one that would go over the network unencrypted.
        """
        path = f"{node_path(ae_title)}/dicomweb-secret"
        self.connection.send_json("PUT", path, NodeSecret(secret))

    def delete_node(self, ae_title: str) -> None:
        """Forget a node; one that is gone already is no error."""
        self.connection.delete(node_path(ae_title))

    def echo_node(self, ae_title: str) -> EchoResult:
        """Let the server send C-ECHO to a node. Raises NotFoundError, InvalidError."""
        return read(EchoResult, self.connection.post(f"{node_path(ae_title)}/echo", {}))

    def search_archive(self, ae_title: str, query: ArchiveQuery) -> ArchivePage:
        """What a remote archive has. Raises NotFoundError for a node that is none."""
        path = f"{node_path(ae_title)}/studies/search"
        return read(ArchivePage, self.connection.post(path, query))

    def retrieve(self, ae_title: str, study_uid: str, object_count: int = 0) -> Retrieval:
        """Let a study come from a remote archive, or go on with what of it is missing.

        `object_count` is what the archive says it has. Raises NotFoundError.
        """
        body = WantedStudy(study_uid, object_count)
        path = f"{node_path(ae_title)}/retrievals"
        return read(Retrieval, self.connection.post(path, body))

    def retrievals(self) -> tuple[Retrieval, ...]:
        """The newest retrievals, one for each study of an archive."""
        return read_all(Retrieval, self.connection.get("/api/retrievals"))

    def cancel_retrieval(self, number: int) -> Retrieval:
        """Let no more come; what has come stays. Raises NotFoundError."""
        return read(Retrieval, self.connection.post(f"/api/retrievals/{number}/cancel", {}))
