"""The routes for programs and for the page's own scripts, all under /api."""
