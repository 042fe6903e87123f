"""What every page of Messina is served by: who may ask, how long clients are waited for, answers.

Starlette finds the routes and uvicorn speaks HTTP. What belongs to one page alone is with it, in
`messina.play` and `messina.studio`.
"""
