"""Crawlers' own ways to call an index. Each module needs the crawler it is named after; the package needs none."""
