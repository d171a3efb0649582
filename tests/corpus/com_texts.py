"""What 1C and Windows say when something fails, with what nobody else may read; always the same."""

COUNT = 40
SECRET = "hunter2-свой"
LIMIT = 2_048
_STRINGS = (
    f'Srvr="s";Ref="r";Usr="u";Pwd="{SECRET}";', f"File=C:\\b;Usr=u;Pwd={SECRET};", f"Pwd={SECRET}",
    f"pwd = {SECRET} ;", f'PWD="{SECRET}', f'UC="{SECRET}";', f"UC={SECRET}", f'uc = "{SECRET}"',
    f'Pwd="a""{SECRET}";', f"Usr=u;\nPwd={SECRET}\n", f"\u00a0Pwd={SECRET}", f'Pwd\t=\t"{SECRET}"',
)  # fmt: skip
_AROUND = ("{}", "Ошибка соединения: {} (0x80004005)")
_FAR = ("x" * 1_000_000 + "{}", "{}" + "\ud800" * 1_000_000)
_BARE = (
    "", "\0" * 9, "\ud800", "\udfff\ud800", "x" * 1_048_576, "Ж" * 1_048_576,
    "\U0001f384" * 100_000, "\r\n" * 10_000, "\x1b[31m", "e\u0301" * 99_999, "{}", "%s", "\ufeff",
    "\u202e",
)  # fmt: skip


def com_texts() -> list[str]:
    """Every text once; those that hold a secret hold this one."""
    told = [around.replace("{}", each) for around in _AROUND for each in _STRINGS]
    return [*told, *(around.replace("{}", _STRINGS[0]) for around in _FAR), *_BARE]
