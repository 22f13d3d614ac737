"""Who is calling and how often: Clerk's tokens, the development issuer, rate limits.

Knows no transport, no database and no GraphQL.
"""
