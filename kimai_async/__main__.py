"""Where `kimai-aimport` begins, also as `python -m kimai_async`: ready for signals before anything heavy is loaded."""

from __future__ import annotations

from kimai_async.terminal.interrupts import end_at_once, interrupts


def main() -> None:
    """Run the command and exit with its code."""
    interrupts.install()
    try:
        from kimai_async.terminal.streams import secure_streams  # noqa: PLC0415

        secure_streams()
        from kimai_async.terminal.cli import main as run  # noqa: PLC0415
    except (OSError, MemoryError) as error:
        end_at_once(f"error: kimai-aimport cannot be loaded: {error}", 3)
    try:
        run()
    finally:
        interrupts.ignore()


if __name__ == "__main__":
    main()
