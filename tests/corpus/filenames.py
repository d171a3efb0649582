"""What a file may be called by whoever sends it; always the same."""

COUNT = 50


def hostile_filenames() -> list[str]:
    """Every name once."""
    return [
        "CON", "NUL", "nul.cfe", "COM1.cfe", "LPT9", "AUX.txt", "CON .cfe", "CONIN$", "a.cfe.",
        "a.cfe ", " a.cfe", "a.", ".", "..", "...", ".cfe", ".htaccess", "a.cfe.exe", "a.exe.cfe",
        "a.php.jpg", "a.cfe%00.exe", "a.cfe;.exe", "a\u202eefc.exe", "\u2066a.cfe", "\u200ba.cfe",
        "a/../b.cfe", "../../a.cfe", "..\\..\\a.cfe", "/etc/passwd", "C:\\a.cfe", "C:a.cfe",
        "\\\\host\\a.cfe", "a.cfe::$DATA", "a.cfe:b", "~a.cfe", "a*?.cfe", "a<b>.cfe", 'a"b.cfe',
        "a'b.cfe", "a|b.cfe", "a`b`.cfe", "$(id).cfe", "%TEMP%.cfe", "-rf.cfe", "=1+1.cfe",
        "я" * 128, "a" * 256, "a" * 255 + ".cfe", "\U0001f384.cfe", "a.CfE",
    ]  # fmt: skip
