"""`podkluch release`: releases of extensions, from a draft to their end."""

import typer

from app.cli.release import drafts, held, life, publish, records

app = typer.Typer(help="Релизы расширений.", no_args_is_help=True)
for part in (publish, drafts, records, life, held):
    app.registered_commands += part.app.registered_commands
