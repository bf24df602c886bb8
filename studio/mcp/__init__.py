"""The session for language models: an MCP server whose tools are its operations."""
