"""Parts of an import, and what they are measured beside; each module is a process, as in `clients`."""
