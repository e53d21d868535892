"""Paths as people type and link them: what is asked for, by the command and by the page alike, and what is not."""

from __future__ import annotations

READ = {
    "customers": "customers",
    "/customers/": "customers",
    "api/customers": "customers",
    "/api/customers/1": "customers/1",
    " customers/1\n": "customers/1",
    "//customers///1//": "customers/1",
    "users/me": "users/me",
    "timesheets/5": "timesheets/5",
    "timesheets/active/": "timesheets/active",
    "config/colors": "config/colors",
    "customers/1/rates": "customers/1/rates",
    "projects/2/comments/": "projects/2/comments",
    "approval-bundle/week_status": "approval-bundle/week_status",
    "customers?term=/5/stop": "customers?term=/5/stop",
    "customers?term=a%2Fb": "customers?term=a%2Fb",
    "timesheets?size=2#5/stop": "timesheets?size=2",
    "Timesheets/STOP": "Timesheets/STOP",
}
"""What is typed, and what is asked for below `/api/`."""

ACTING = (
    *("timesheets/5/stop", "timesheets/5/restart", "/api/timesheets/5/stop", "timesheets/5/restart?copy=all"),
    *("timesheets/5/stop#top", "timesheets/5/stop/", "//timesheets//5//stop//", "/api//timesheets/5/stop"),
    *("timesheets/5/STOP", "TimeSheets/5/Stop", "timesheets/5/%73top", "timesheets/5%2Fstop", "timesheets%2f5%2fstop"),
    *("timesheets/5/%2573top", "%74imesheets/5/stop", "timesheets/5/./stop", "./timesheets/5/stop"),
    *("customers/../timesheets/5/stop", "customers/1/rates/../../../timesheets/5/stop", "customers/%2e%2e/users"),
    *("timesheets\\5\\stop", "timesheets/5\\stop", "timesheets/5;x/stop", "timesheets/5/stop;x", "timesheets/5;/stop"),
    *("timesheets/5/st\top", "timesheets/5/\nstop", "timesheets/5/stop\u200b", "timesheets/5\uff0fstop", "5/stop\x00"),
    *("timesheets/\u0665/stop", "timesheets/5/stop/rates", "timesheets/5/rates/stop", "timesheets/5/ stop"),
    *("timesheets/5/duplicate", "timesheets/5/export", "timesheets/5/meta", "invoices/5/download"),
    *("actions/timesheet/5/index/en", "api/api/timesheets/5/stop", "things/start/everything"),
    *("customers/1/RATES", "customers/1/rates%00", "..", "../secret", ".", "a/%2e%2e/b", "doc.json", "http:"),
)
"""What may do more than read, whoever decodes, folds or tidies it up on the way."""

NOWHERE = ("", "/", "//", "/api/", "api", "?visible=3", "#customers")
"""What names no path at all."""
