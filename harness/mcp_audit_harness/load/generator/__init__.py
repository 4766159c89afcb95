"""The process that produces load: `python -m mcp_audit_harness.load.generator`, the plan a line on standard input.

It stands alone: it patches the standard library for gevent before anything else is imported, and the harness only reads
what it prints. The seams, inside out:

- `schedule.arrivals` says when requests are due; `ledger.Ledger` counts what came of them, second by second (`record`,
  `dump`, `merge`); `results.generated` makes the final `Generated` of a ledger, `bottleneck` says who was slow. All of
  it is pure.
- `course.Course` is one run in this process: its clock (seconds since the end of the warm-up), the next request that is
  due, the ledger. `loops.attend(course, sender)` is the life of one client; a `loops.Sender` is what differs between
  transports: `send` one request and say how it failed, `rest` between requests, `leave` at the end.
- `messages.Mix` gives the requests of the plan as bytes but for their id, `answers.failure` judges an answer.
- `local.environment(course)` builds Locust's Environment with the classes of users that the plan asks for, and
  `local.hold` runs it: it begins the course, and ends when every request is answered or given up.
- Over HTTP a client is an `http_user.HttpClient`, which holds a `conversation` over a `connection`; over stdio a
  `stdio_user.StdioClient`, and several share a `child`.
- Several generators: `master.direct` holds the run, each `worker` has a course of its own, `peers` is what they say to
  each other, and their ledgers are merged into the master's.
- `watching.watched` shows a ledger while it fills: `standing` reads it, `tabs` and `web` are the page, `metrics` the
  Prometheus endpoint.
"""
