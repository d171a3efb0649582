"""The options that name the cluster of a server infobase, and who administers it."""

import re
from dataclasses import dataclass, replace
from typing import Annotated

from agent.context import Context
from agent.errors import usage
from agent.register import Registered, cluster_password_name
from wire.problems import Sentence as Help

_PORT = 1540  # of the agent of a server, unless somebody chose another one
_LAST_PORT = 65535
_HOST = r"(\[[0-9a-f:]+\]|[^\s:/@;\"\[\]]+)"
_ADDRESS = re.compile(rf"(?:tcp://)?{_HOST}(?::([0-9]{{1,5}}))?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ClusterOptions:
    """Where the cluster is administered and by whom; an empty text takes a value away."""

    cluster: Annotated[
        str | None,
        Help(
            "Агент кластера серверов, tcp://сервер:1540: через него завершают сеансы и запрещают"
            " регламентные задания",
            "The agent of the cluster of servers, tcp://host:1540: it ends sessions and denies"
            " scheduled jobs",
        ),
    ] = None
    cluster_user: Annotated[
        str | None, Help("Администратор кластера", "Administrator of the cluster")
    ] = None
    cluster_password_stdin: Annotated[
        bool,
        Help(
            "Пароль администратора кластера — следующая строка ввода (после пароля 1С)",
            "The password of the cluster's administrator is the next line of stdin (after that"
            " of 1C)",
        ),
    ] = False


def clustered(one: Registered, options: ClusterOptions) -> Registered:
    """The infobase with the cluster that the options name; what they do not name stays."""
    cluster, user = one.cluster, one.cluster_user
    if options.cluster is not None:
        cluster = _address(options.cluster)
        user = user if cluster else ""
    if options.cluster_user is not None:
        user = options.cluster_user
    if cluster and one.connection.file and not one.simulated:
        raise usage(
            "Кластер бывает у базы на сервере 1С, у файловой его нет",
            "An infobase on a 1C server has a cluster, a file infobase has none",
        )
    if not cluster and (options.cluster_user or options.cluster_password_stdin):
        raise usage(
            "Администратора называют вместе с кластером: --cluster tcp://сервер:1540",
            "An administrator is named with the cluster: --cluster tcp://host:1540",
        )
    return replace(one, cluster=cluster, cluster_user=user)


def moved(one: Registered, before: Registered) -> Registered:
    """The infobase at its new place: on another server it has another cluster, or none."""
    if one.connection.server.casefold() == before.connection.server.casefold():
        return one
    return replace(one, cluster=None, cluster_user="")


def keep_administrator(context: Context, one: Registered, options: ClusterOptions) -> bool:
    """Keep the password of who administers the cluster now; whether anything was asked for."""
    name = cluster_password_name(one.alias)
    if one.cluster and options.cluster_user and not options.cluster_password_stdin:
        return _keep(context, name, context.typed_password(one.cluster_user))
    if one.cluster and options.cluster_password_stdin:
        return _keep(context, name, context.given_password(one.cluster_user, from_stdin=True))
    if not one.cluster or options.cluster_user is not None:
        context.vault.forget(name)  # nobody administers it, or somebody without a name
    return False


def described_cluster(context: Context, one: Registered) -> dict[str, object]:
    """The cluster for programs; everything but the password."""
    password = context.vault.password(cluster_password_name(one.alias))
    return {
        "cluster": one.cluster,
        "cluster_user": one.cluster_user or None,
        "has_cluster_password": password is not None,
    }


def _keep(context: Context, name: str, password: str) -> bool:
    if password:
        context.vault.keep_password(name, password)
    else:
        context.vault.forget(name)
    return True


def _address(text: str) -> str | None:
    """The address in its one spelling; None for an empty one."""
    if not text.strip():
        return None
    found = _ADDRESS.fullmatch(text.strip())
    port = int(found[2] or _PORT) if found else 0
    if found is None or not 0 < port <= _LAST_PORT:
        raise usage(
            "Адрес кластера выглядит как tcp://сервер:1540",
            "The address of a cluster looks like tcp://host:1540",
        )
    return f"tcp://{found[1]}:{port}"
