"""Any bytes, any report: what reads what others wrote gives a value or its documented error, in time that grows no
faster than the input; what writes a report writes one that its readers can trust.

`MCP_AUDIT_PROPERTY_EXAMPLES=20` makes the search twenty times as long, from another seed each time.
"""
