"""A worker for Baton that needs nothing but Python: it joins a server over plain HTTP, runs functions, and reports.

    python3 worker.py http://127.0.0.1:7070 --token bnt_... --name py-1

What it does is described in docs/guide/nodes.md, "Over plain HTTP". What holds:

- An order is carried out once, however often it is told.
- An end is kept, and told again in each new session, until the server has settled it: none gets lost.
- Every request of a session names it. When it is over (409), the worker joins again and says what it holds.
- SIGTERM and Ctrl-C let the calls under way finish, and no more come; a second one ends the process at once.
"""

import argparse
import json
import secrets
import signal
import socket
import sys
import threading
import time
import urllib.error
import urllib.request

RETRY_SECONDS = [0.5, 1, 2, 5]
POLL_WAIT = "20s"


def square(number, call):
    return number * number


def word_count(text, call):
    counts = {}
    for word in text.lower().split():
        counts[word] = counts.get(word, 0) + 1
    call.log(f"counted {len(counts)} words")
    return counts


FUNCTIONS = {
    ("square", "1.0.0"): (square, {"input": {"type": "number"}, "output": {"type": "number"}}),
    ("word-count", "1.0.0"): (word_count, {"input": {"type": "string"}}),
}


class Refused(Exception):
    """The server has answered with a problem."""

    def __init__(self, status, problem):
        super().__init__(f"{problem.get('detail')} ({problem.get('code')})")
        self.status, self.code, self.retryable = status, problem.get("code"), problem.get("retryable", False)


class Call:
    """One attempt of a job that runs here."""

    def __init__(self, worker, task):
        self.worker, self.task = worker, task
        self.started_at = now()
        self.cancelled = threading.Event()
        self.written = 0
        self.ended = None
        self.told = False

    @property
    def ref(self):
        return {"job": self.task["job"], "token": self.task["token"]}

    def log(self, text):
        line = text + "\n"
        output = {"type": "output", "stream": "stdout", "offset": self.written, "text": line, "at": now()}
        self.written += len(line.encode())
        self.worker.report({**self.ref, **output})

    def end(self, **end):
        """The first end counts: a call that was stopped may come to another one later."""
        with self.worker.lock:
            if self.ended is not None:
                return
            usage = {"wallMs": now() - self.started_at}
            self.ended = {**self.ref, "type": "ended", "end": {**end, "usage": usage}, "startedAt": self.started_at, "endedAt": now()}
        self.told = self.worker.report(self.ended)


class Worker:
    def __init__(self, url, token, name, concurrency):
        self.url, self.token, self.name, self.concurrency = url.rstrip("/"), token, name, concurrency
        # Who has the key is this worker: it needs the token once. A worker that is to find its calls again after a
        # restart would keep it in a file; this one loses them with its process, and the server places them again.
        self.key = secrets.token_hex(24)
        self.joined = False
        self.session = None
        self.lock = threading.Lock()
        self.calls = {}
        self.leaving = threading.Event()

    def run(self):
        """Joins and carries out orders until it has left."""
        tries = 0
        while not self.has_left():
            try:
                heartbeat = self.join()
                tries = 0
                self.work(heartbeat)
            except (urllib.error.URLError, OSError) as error:
                say(f"the server does not answer: {error}")
            except Refused as refusal:
                if refusal.code not in ("node-session-ended", "server-starting", "server-stopping") and not refusal.retryable:
                    raise
                if not self.has_left():
                    say(str(refusal))
            if not self.has_left():
                time.sleep(RETRY_SECONDS[min(tries, len(RETRY_SECONDS) - 1)])
            tries += 1
        self.tell_leaving()

    def has_left(self):
        with self.lock:
            return self.leaving.is_set() and not self.calls

    def leave(self):
        """Wants no more calls; those that are under way finish first."""
        if self.leaving.is_set():
            sys.exit(130)
        self.leaving.set()
        say("leaves when its calls have ended")
        threading.Thread(target=self.tell_leaving, daemon=True).start()

    def tell_leaving(self):
        """The poll that waits is answered by this; without a session, joining says it."""
        if self.session is None:
            return
        try:
            self.post("leave", {"session": self.session})
        except (urllib.error.URLError, OSError, Refused):
            pass  # The server forgets a worker that is silent.

    def join(self):
        with self.lock:
            holds = [call.ref for call in self.calls.values()]
        functions = [{"name": name, "version": version, **contract} for (name, version), (_, contract) in FUNCTIONS.items()]
        hello = {"functions": functions, "concurrency": self.concurrency, "holds": holds, "key": self.key, "clock": now(), "leaving": self.leaving.is_set()}
        welcome = self.post("join", hello)
        self.session, self.joined = welcome["session"], True
        say(f"{self.name} has joined {self.url}")
        with self.lock:
            ends = [call.ended for call in self.calls.values() if call.ended is not None]
        if ends:
            self.post("report", {"session": self.session, "reports": ends})
        return welcome["heartbeatMs"] / 1000

    def work(self, heartbeat):
        session, last, over = self.session, 0, threading.Event()
        threading.Thread(target=self.beat, args=(session, heartbeat, over), daemon=True).start()
        try:
            while not self.has_left():
                wait = "1s" if self.leaving.is_set() else POLL_WAIT
                answer = self.post(f"poll?wait={wait}", {"session": session, "after": last}, timeout=60)
                last = answer["last"]
                for order in answer["orders"]:
                    self.carry_out(order)
        finally:
            over.set()

    def beat(self, session, heartbeat, over):
        while not over.wait(heartbeat):
            with self.lock:
                calls = list(self.calls.values())
            load = {"cpuMillis": 0, "memoryBytes": 0, "running": sum(call.ended is None for call in calls)}
            try:
                self.post("heartbeat", {"session": session, "load": load, "clock": now()})
                for call in calls:
                    if call.ended is not None and not call.told:
                        call.told = self.report(call.ended)
            except (urllib.error.URLError, OSError, Refused):
                pass  # The poll will find out.

    def carry_out(self, order):
        if order["type"] == "start":
            return self.start(order["task"])
        call = self.calls.get((order["job"], order["token"]))
        if call is None:
            return None
        if order["type"] == "stop":
            call.cancelled.set()
            # A function that does not look at it cannot be ended; at once means that nobody waits for it any more.
            if order["how"] == "at-once":
                call.end(status="stopped")
        elif order["type"] == "settled" and call.ended is not None:
            with self.lock:
                del self.calls[(order["job"], order["token"])]
        return None

    def start(self, task):
        key = (task["job"], task["token"])
        if key in self.calls:
            return
        call = Call(self, task)
        with self.lock:
            self.calls[key] = call
        threading.Thread(target=self.perform, args=(call,), daemon=True).start()
        if task["timeoutMs"] is not None:
            timer = threading.Timer(task["timeoutMs"] / 1000, self.time_out, args=(call,))
            timer.daemon = True
            timer.start()

    def perform(self, call):
        work = call.task["work"]
        function, _ = FUNCTIONS.get((work.get("function"), work.get("version")), (None, None))
        self.report({**call.ref, "type": "started", "at": call.started_at})
        if function is None:
            return call.end(status="failed", fault={"code": "function-failed", "message": f"This worker has no {work}."})
        try:
            result = function(call.task["payload"], call)
        except Exception as error:  # Whatever a function raises is its job's failure, not the worker's.
            if call.cancelled.is_set():
                return call.end(status="stopped")
            return call.end(status="failed", fault={"code": "function-failed", "message": f"{type(error).__name__}: {error}"})
        return call.end(status="completed", result=result)

    def time_out(self, call):
        call.cancelled.set()
        message = f"It ran longer than its {call.task['timeoutMs']} ms and was stopped."
        call.end(status="failed", fault={"code": "job-timed-out", "message": message})

    def report(self, report):
        """True if it got there. An end that did not is told again with a heartbeat, or when the worker joins the next time."""
        try:
            self.post("report", {"session": self.session, "reports": [report]})
            return True
        except (urllib.error.URLError, OSError, Refused) as error:
            say(f"not reported yet: {error}")
            return False

    def post(self, verb, body, timeout=30):
        headers = {"content-type": "application/json"}
        credential = f"bnk_{self.name}_{self.key}" if self.joined else self.token
        if credential:
            headers["authorization"] = f"Bearer {credential}"
        address = f"{self.url}/v1/nodes/{self.name}:{verb}"
        request = urllib.request.Request(address, json.dumps(body).encode(), headers, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=timeout) as response:
                text = response.read()
                return json.loads(text) if text else None
        except urllib.error.HTTPError as error:
            raise Refused(error.code, problem_of(error)) from None


def problem_of(error):
    try:
        return json.loads(error.read())
    except ValueError:
        return {"detail": f"the server answers {error.code}", "code": "unknown", "retryable": error.code >= 500}


def now():
    return int(time.time() * 1000)


def say(text):
    print(text, file=sys.stderr, flush=True)


def main():
    parser = argparse.ArgumentParser(description="Runs functions for a Baton server.")
    parser.add_argument("url")
    parser.add_argument("--token", help="what `baton node token create` printed; not needed on loopback")
    parser.add_argument("--name", default=f"py-{socket.gethostname().split('.')[0].lower()}-{secrets.token_hex(2)}")
    parser.add_argument("--concurrency", type=int, default=10)
    options = parser.parse_args()
    worker = Worker(options.url, options.token, options.name, options.concurrency)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: worker.leave())
    try:
        worker.run()
    except Refused as refusal:
        sys.exit(f"error: {refusal}")


if __name__ == "__main__":
    main()
