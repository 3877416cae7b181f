# exercise: 01.3
# tries: wait for ever at the top level of a cell
# proof: 'SyntaxError' in said
import asyncio

await asyncio.sleep(3600)
