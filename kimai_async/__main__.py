"""`python -m kimai_async` is `kimai-aimport`."""

from kimai_async.terminal.cli import main

main()
