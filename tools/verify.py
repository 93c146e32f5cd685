#!/usr/bin/env python3
"""Checks a journal of Relief Depot without Relief Depot: Python 3.9 or newer and nothing else.

  verify.py JOURNAL.jsonl [--key KEY]... [--witness CHECKPOINT]...
      an export (`relief-depot journal export`): every entry is hashed anew, positions must have no
      gap, and every checkpoint must be signed over the root that the entries have. A witness's
      checkpoint, kept elsewhere, must be one of this very journal.
  verify.py --proof PROOF.json [--key KEY]... [--witness CHECKPOINT]
      an answer of `GET /v1/journal-entries/{id}/proof`, `/v1/sealed-days/{day}/balance-proof`, `/v1/public/traces` or
      `/v1/checkpoints/consistency`; of the last, the witness's checkpoint takes the place of the root that the server names.
KEY is a public key as `relief-depot journal key` printed it. Without --key the keys in the export
are believed, which shows that it holds together and not who signed it.
Exit code: 0 it holds, 3 it does not (the first bad entry is named), 2 the arguments are wrong.
"""
import argparse, base64, hashlib, json, re, sys
class Bad(Exception):
    """What is not in order."""

# ---- hashes ----------------------------------------------------------------------------------------
def sm3_plain(data):  # GB/T 32905-2016
    rol = lambda x, n: ((x << n % 32) | (x >> (32 - n % 32))) & 0xFFFFFFFF
    p0 = lambda x: x ^ rol(x, 9) ^ rol(x, 17)
    p1 = lambda x: x ^ rol(x, 15) ^ rol(x, 23)
    state = [0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600, 0xA96F30BC, 0x163138AA, 0xE38DEE4D, 0xB0FB0E4E]
    data += b"\x80" + bytes((55 - len(data)) % 64) + (8 * len(data)).to_bytes(8, "big")
    for at in range(0, len(data), 64):
        w = [int.from_bytes(data[at + i:at + i + 4], "big") for i in range(0, 64, 4)]
        for j in range(16, 68):
            w.append(p1(w[j - 16] ^ w[j - 9] ^ rol(w[j - 3], 15)) ^ rol(w[j - 13], 7) ^ w[j - 6])
        a, b, c, d, e, f, g, h = state
        for j in range(64):
            t = 0x79CC4519 if j < 16 else 0x7A879D8A
            ss1 = rol((rol(a, 12) + e + rol(t, j)) & 0xFFFFFFFF, 7)
            ff = a ^ b ^ c if j < 16 else (a & b) | (a & c) | (b & c)
            gg = e ^ f ^ g if j < 16 else (e & f) | (~e & g)
            tt1 = (ff + d + (ss1 ^ rol(a, 12)) + (w[j] ^ w[j + 4])) & 0xFFFFFFFF
            tt2 = (gg + h + ss1 + w[j]) & 0xFFFFFFFF
            a, b, c, d, e, f, g, h = tt1, a, rol(b, 9), c, p0(tt2), e, rol(f, 19), g
        state = [x ^ y for x, y in zip(state, (a, b, c, d, e, f, g, h))]
    return b"".join(x.to_bytes(4, "big") for x in state)
sha256 = lambda data: hashlib.sha256(data).digest()
# OpenSSL's, where Python has it, is a hundred times as fast.
sm3 = (lambda data: hashlib.new("sm3", data).digest()) if "sm3" in hashlib.algorithms_available else sm3_plain
HASHES = {"std": sha256, "gm": sm3}

# ---- signatures ------------------------------------------------------------------------------------
P = 2**255 - 19  # Ed25519, RFC 8032
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P

def ed_add(p, q):
    (x1, y1, z1, t1), (x2, y2, z2, t2) = p, q
    a, b = (y1 - x1) * (y2 - x2) % P, (y1 + x1) * (y2 + x2) % P
    c, d = 2 * t1 * t2 * D % P, 2 * z1 * z2 % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P
def ed_mul(k, p):
    out = (0, 1, 1, 0)
    while k:
        out, p, k = ed_add(out, p) if k & 1 else out, ed_add(p, p), k >> 1
    return out

def ed_point(data):
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if y >= P or (x * x - x2) % P or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P
BASE = ed_point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))

def ed25519(key, message, signature):
    a, r = ed_point(key), ed_point(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if len(key) != 32 or len(signature) != 64 or a is None or r is None or s >= L:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % L
    x1, y1, z1, _ = ed_mul(s, BASE)
    x2, y2, z2, _ = ed_add(r, ed_mul(k, a))
    return (x1 * z2 - x2 * z1) % P == 0 and (y1 * z2 - y2 * z1) % P == 0

Q = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF  # SM2, GB/T 32918.5-2017
N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
GX = 0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7
GY = 0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0
SIGNER = b"1234567812345678"
def sm2_add(p, q):
    if p is None or q is None:
        return p or q
    if p[0] == q[0] and (p[1] + q[1]) % Q == 0:
        return None
    if p == q:
        m = (3 * p[0] * p[0] - 3) * pow(2 * p[1], Q - 2, Q) % Q
    else:
        m = (q[1] - p[1]) * pow(q[0] - p[0], Q - 2, Q) % Q
    x = (m * m - p[0] - q[0]) % Q
    return x, (m * (p[0] - x) - p[1]) % Q
def sm2_mul(k, p):
    out = None
    while k:
        out, p, k = sm2_add(out, p) if k & 1 else out, sm2_add(p, p), k >> 1
    return out

def sm2(key, message, signature):
    if len(key) != 65 or key[0] != 4 or len(signature) != 64:
        return False
    x, y = int.from_bytes(key[1:33], "big"), int.from_bytes(key[33:], "big")
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    if (y * y - x**3 + 3 * x - B) % Q or not 0 < r < N or not 0 < s < N or (r + s) % N == 0:
        return False
    curve = b"".join(v.to_bytes(32, "big") for v in (Q - 3, B, GX, GY))
    z = sm3((8 * len(SIGNER)).to_bytes(2, "big") + SIGNER + curve + key[1:])
    e = int.from_bytes(sm3(z + message), "big")
    point = sm2_add(sm2_mul(s, (GX, GY)), sm2_mul((r + s) % N, (x, y)))
    return point is not None and (e + point[0]) % N == r
KINDS = [(b"\x01", "std", ed25519), (b"\xffrelief-depot/sm2\n", "gm", sm2)]

# ---- signed notes (C2SP signed-note, tlog-checkpoint) ----------------------------------------------
def read_key(text):
    name, key_id, data = text.strip().split("+", 2)
    data = base64.b64decode(data, validate=True)
    if sha256(name.encode() + b"\n" + data)[:4].hex() != key_id:
        raise Bad(f"the key {text.strip()} does not belong to its id")
    for kind, suite, check in KINDS:
        if data.startswith(kind):
            return name, bytes.fromhex(key_id), suite, data[len(kind):], check
    raise Bad(f"the key {text.strip()} is of no known kind")

def read_checkpoint(note, keys):
    """Origin, size, root and suite of a checkpoint that one of the keys signed."""
    text, gap, lines = note.rpartition("\n\n")
    if not gap or not lines.endswith("\n"):
        raise Bad("a checkpoint is no signed note")
    text, suites = text + "\n", set()
    for line in lines.splitlines():
        dash, name, data = line.split(" ")
        data = base64.b64decode(data, validate=True)
        for known, key_id, suite, key, check in keys:
            if dash == "—" and known == name and key_id == data[:4]:
                if not check(key, text.encode(), data[4:]):
                    raise Bad("a signature of a checkpoint is wrong")
                suites.add(suite)
    if len(suites) != 1:
        raise Bad("a checkpoint is not signed by a known key")
    origin, size, root = text.split("\n")[:3]
    if not re.fullmatch("0|[1-9][0-9]*", size):
        raise Bad("a checkpoint has no size")
    return origin, int(size), base64.b64decode(root, validate=True), suites.pop()

# ---- the tree (RFC 6962) ---------------------------------------------------------------------------
class Tree:
    def __init__(self, hash_of):
        self.hash_of, self.size, self.stack = hash_of, 0, []

    def append(self, leaf):
        size, node = self.size, leaf
        while size & 1:
            node, size = self.hash_of(b"\x01" + self.stack.pop() + node), size >> 1
        self.stack.append(node)
        self.size += 1

    def root(self):
        if not self.stack:
            return self.hash_of(b"")
        node = self.stack[-1]
        for left in reversed(self.stack[:-1]):
            node = self.hash_of(b"\x01" + left + node)
        return node

def climb(hash_of, at, last, node, proof):
    """The roots of the smaller and of the larger tree that a proof leads to (RFC 9162 §2.1)."""
    before = after = node
    for other in proof:
        if last == 0:
            raise Bad("the proof is too long")
        if at & 1 or at == last:
            before, after = hash_of(b"\x01" + other + before), hash_of(b"\x01" + other + after)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            after = hash_of(b"\x01" + after + other)
        at, last = at >> 1, last >> 1
    if last:
        raise Bad("the proof is too short")
    return before, after

def begins_with(hash_of, old, old_root, size, root, proof):
    """Whether the tree of `size` begins with that of `old`."""
    if old == 0 or old >= size:
        return not proof and (old == 0 or (old == size and old_root == root))
    nodes, at, last = ([old_root] if old & (old - 1) == 0 else []) + proof, old - 1, size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    return bool(nodes) and climb(hash_of, at, last, nodes[0], nodes[1:]) == (old_root, root)

# ---- what is checked -------------------------------------------------------------------------------
def check_export(lines, keys, witnesses):
    head = json.loads(next(lines))
    keys = keys or [read_key(key) for key in head["keys"]]
    hash_of, wanted = HASHES[head["suite"]], {}
    for note in witnesses:
        origin, size, root, _ = read_checkpoint(note, keys)
        if origin != head["origin"] or size > head["size"]:
            raise Bad(f"a witness holds a checkpoint of {size} entries that this journal does not have: it has forked")
        wanted[size] = root
    tree, signed = Tree(hash_of), 0
    for line in lines:
        row = json.loads(line)
        if row["kind"] == "entry":
            if row["position"] != tree.size:
                raise Bad(f"position {tree.size} is missing")
            entry, name = row["entry"], (row["entry"] or {}).get("id", "the entry")
            text = json.dumps(entry, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
            leaf = hash_of(b"\x00" + text.encode())
            if entry is None or base64.b64encode(leaf).decode() != row["leaf_hash"]:
                raise Bad(f"position {tree.size}: {name} is not what was sealed")
            tree.append(leaf)
            if tree.size in wanted and wanted[tree.size] != tree.root():
                raise Bad(f"a witness holds another root of {tree.size} entries: history was rewritten")
        elif row["kind"] == "checkpoint":
            origin, size, root, suite = read_checkpoint(row["note"], keys)
            if (origin, suite) != (head["origin"], head["suite"]) or size < tree.size:
                raise Bad(f"the checkpoint after {tree.size} entries is another's")
            if size > tree.size:
                raise Bad(f"position {tree.size} is missing")
            if root != tree.root():
                raise Bad(f"the entries from position {signed} to {size - 1} are not those that were signed")
            signed = size
    if not tree.size == signed == head["size"]:
        raise Bad(f"the journal has {head['size']} entries, and {signed} are signed")
    return f"{signed} entries of {head['origin']}: every one is what was signed"

def root_of(hash_of, part):
    hashes = [base64.b64decode(text, validate=True) for text in part["hashes"]]
    leaf = hash_of(b"\x00" + part["leaf"].encode())
    return base64.b64encode(climb(hash_of, part["position"], part["size"] - 1, leaf, hashes)[1]).decode()

def check_balance(answer, keys, witnesses):
    """A balance is under its depot, the depot under its day, and the day is an entry of the journal."""
    check_proof(answer["entry"], keys, witnesses)
    hash_of = HASHES[read_checkpoint(answer["entry"]["checkpoint"]["note"], keys)[3]]
    entry, depot, balance = (json.loads(answer[part]["leaf"]) for part in ("entry", "depot", "balance"))
    day = json.loads(entry["body"])
    if (entry["command"], day["depots"], day["root"]) != (
            "sealed_days.seal_day", answer["depot"]["size"], root_of(hash_of, answer["depot"])):
        raise Bad("the depot is not among those that were sealed on the day")
    if (depot["items"], depot["root"]) != (answer["balance"]["size"], root_of(hash_of, answer["balance"])):
        raise Bad("the balance is not among those that were sealed of the depot")
    return f"at the end of {day['day']} {depot['depot']} had of {balance['item']}: {balance['on_hand'] or 'nothing'}"

def check_proof(answer, keys, witnesses):
    if "balance" in answer:
        return check_balance(answer, keys, witnesses)
    if "proofs" in answer:
        return "\n".join(check_proof(proof | {"checkpoint": answer["checkpoint"]}, keys, witnesses) for proof in answer["proofs"])
    origin, size, root, suite = read_checkpoint(answer["checkpoint"]["note"], keys)
    hash_of = HASHES[suite]
    proof = [base64.b64decode(text, validate=True) for text in answer["hashes"]]
    if "leaf" in answer:
        leaf = hash_of(b"\x00" + answer["leaf"].encode()) if answer["leaf"] else base64.b64decode(answer["leaf_hash"])
        at = answer["position"]
        if not 0 <= at < size or climb(hash_of, at, size - 1, leaf, proof)[1] != root:
            raise Bad(f"the entry at position {at} is not in the journal that was signed")
        return f"the entry at position {at} is in the journal of {origin}: {answer['leaf']}"
    old, old_root = answer["from"], base64.b64decode(answer["from_root"], validate=True)
    for note in witnesses:
        known, old, old_root, _ = read_checkpoint(note, keys)
        if known != origin or old != answer["from"]:
            raise Bad("the witness holds a checkpoint of another size or another journal")
    if not begins_with(hash_of, old, old_root, size, root, proof):
        raise Bad("the journal does not begin with the earlier one: it has forked")
    return f"the journal of {size} entries begins with that of {old}"

def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file")
    parser.add_argument("--proof", action="store_true")
    parser.add_argument("--key", action="append", default=[])
    parser.add_argument("--witness", action="append", default=[], metavar="CHECKPOINT", help="a file")
    given = parser.parse_args()
    read = lambda path: open(path, encoding="utf-8", newline="\n")
    try:
        keys = [read_key(key) for key in given.key]
        witnesses = [read(path).read() for path in given.witness]
        if given.proof and not keys:
            parser.error("a proof takes a --key")
        with read(given.file) as lines:
            print(check_proof(json.load(lines), keys, witnesses) if given.proof else check_export(lines, keys, witnesses))
    except (Bad, ValueError, KeyError, TypeError, StopIteration) as fault:
        print(f"NOT IN ORDER: {fault or 'the file is empty'}")
        return 3
    return 0

if __name__ == "__main__":
    sys.exit(main())
