"""Runs generated Python modules as lane.cjs runs the others: one order a line on stdin, one answer a line on file descriptor 3."""
import asyncio
import importlib.util
import inspect
import json
import os
import random
import sys
import time

harness_path, root = sys.argv[1], sys.argv[2]
spec = importlib.util.spec_from_file_location("harness", harness_path)
harness = importlib.util.module_from_spec(spec)
spec.loader.exec_module(harness)


class Open:
    def mask(self, value):
        return value

    def add(self, *_):
        pass


def run(order):
    began = time.perf_counter()
    try:
        if order.get("randomSeed") is not None:
            random.seed(order["randomSeed"])
        path = os.path.join(root, order["file"])
        found = importlib.util.spec_from_file_location("under_test", path)
        module = importlib.util.module_from_spec(found)
        sys.path.insert(0, os.path.dirname(path))
        found.loader.exec_module(module)
        page = harness.Page(order["service"], harness._Shared(order["services"], Open()))
        result = module.run(page)
        if inspect.isawaitable(result):
            asyncio.run(result)
        return {"passed": True, "message": "", "durationMs": (time.perf_counter() - began) * 1000}
    except BaseException as error:
        return {"passed": False, "message": f"{type(error).__name__}: {error}"[:500], "durationMs": (time.perf_counter() - began) * 1000}


out = os.fdopen(3, "w")
print('{"ready": true}', file=out, flush=True)
for line in sys.stdin:
    print(json.dumps(run(json.loads(line))), file=out, flush=True)
