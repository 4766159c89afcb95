"""What MCP knows of load: profiles, the mix of requests, the scenario that sends it, the checks of what came of it."""
