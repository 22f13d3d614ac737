"""`intrvu doctor`: looks at everything that a server needs, one check a function, and says what to do.

Creates and changes nothing; shows no secret. Loads neither GraphQL nor the graphs, so that it answers at once.
"""
