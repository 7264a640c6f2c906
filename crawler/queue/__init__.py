"""Several machines: a scheduler, fetchers and a recorder share the work of `stoppress run` through Redis Streams (extra [queue])."""
