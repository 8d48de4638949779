"""The chain: contract client, artifacts, repeatable local chains. No other part of the library knows ape."""
