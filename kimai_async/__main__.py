"""`python -m kimai_async` is `kimai-aimport`."""

from kimai_async.cli import main

main()
