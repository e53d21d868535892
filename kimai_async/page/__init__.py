"""The page of `kimai-aimport --page`: an import, led through in this computer's browser.

In comes what the browser asks for, out go the run's events as plain values. It knows no rule of an import: a plan is
`import_csv` with `dry_run`, a run is `import_csv` without. It needs the extra `page` (Starlette and uvicorn), and no
terminal.
"""
