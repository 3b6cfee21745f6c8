"""Who calls, what they may do, and how often: identity at the edge and in the studio.

Everything here is judged before a service is asked: `principals` says who somebody is, `permissions` has the one table
of roles, and `assertions` is how one of our processes tells another on whose behalf it calls.
"""
