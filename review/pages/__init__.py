"""The pages: one module for each, server-rendered; all of them work without JavaScript."""
