"""The spiders: what fetches. Reading is in `crawler.layouts`, writing in `archive`."""
