"""What an answer of `POST /offers` says, by version."""


def versions(answer):
    return [row["release"]["version"] for row in answer.json()["data"]]


def rows(answer):
    return {row["release"]["version"]: row for row in answer.json()["data"]}


def best(answer):
    return [row["release"]["version"] for row in answer.json()["data"] if row["best"]]
