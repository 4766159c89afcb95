"""Where the SDK is kinder or stricter than the specification, and what is done about it.

`strict` inspects a message before the SDK sees it; `http_gate` and `stdio_gate` apply it to the two transports;
`conduct` wraps the SDK's handlers. What each of them puts right in `mcp` 2.3 is written at the place that does it.
"""
