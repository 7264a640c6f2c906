"""Fetching and reading live pages. Imports `archive`; the only code that imports Scrapy."""
