"""python -m crawler.demo: serve the sample site until Ctrl-C."""

from __future__ import annotations

import time
from datetime import datetime

import click

from crawler.demo.day import DAY, LONDON
from crawler.demo.server import DEFAULT_PORT, DEFAULT_SPEED, Clock, SampleSite


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=DEFAULT_PORT, show_default=True, help="0: any free port.")
@click.option("--at", type=click.DateTime(["%H:%M"]), help="Stop the clock at this time of the sample day, such as 12:00.")
@click.option("--speed", type=click.FloatRange(0.0, 3600.0), help=f"Sample seconds that pass in a second.  [default: {DEFAULT_SPEED:g}]")
@click.option("--log", is_flag=True, help="Print a line a request.")
def main(port: int, at: datetime | None, speed: float | None, log: bool) -> None:
    """Serve the sample site on 127.0.0.1: one day of five newspapers, 6am to 10pm."""
    clock = Clock(datetime.combine(DAY, at.time(), LONDON)) if at else Clock()
    if speed is not None or not at:
        clock.run(DEFAULT_SPEED if speed is None else speed)
    try:
        site = SampleSite(port, clock=clock, log=log)
    except OSError as error:
        raise click.ClickException(f"expected port {port} of 127.0.0.1 to be free, found it cannot be opened ({error.strerror})") from error
    with site:
        click.echo(f"The sample site is at {site.url} (Ctrl-C stops it). Live pages:")
        for url in site.urls:
            click.echo(f"  {url}")
        try:
            while True:
                time.sleep(3600)
        except KeyboardInterrupt:
            click.echo("Stopped.")


if __name__ == "__main__":
    main()
