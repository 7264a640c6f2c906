"""Keeping and finding updates. Imports nothing from Scrapy or from `crawler`."""
