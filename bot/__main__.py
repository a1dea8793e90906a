"""The command line: `drumbeat VERB`, the same as `python -m bot VERB`.

Exit codes: 0 done, 1 refused, asked or not understood, 2 usage or configuration.
"""

import argparse
import gc
import importlib
import sys
from collections.abc import Sequence
from typing import Any


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb and give its exit code."""
    verbs = _imported("bot.verbs")
    return int(verbs.perform(_parser(verbs).parse_args(argv)))


def _imported(name: str) -> Any:
    """Import a module with all that it needs, which stays for good.

    The collector of garbage is kept from it: it would look half a million objects through again and again, for a
    third of the whole start, and find nothing.
    """
    if name in sys.modules:
        return sys.modules[name]
    gc.disable()
    try:
        return importlib.import_module(name)
    finally:
        gc.freeze()
        gc.enable()


def _parser(verbs: Any) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="drumbeat", description="Keep a project team on the beat, in its chat.")
    each = parser.add_subparsers(required=True, metavar="VERB")

    run = each.add_parser("run", help="serve the bot and the playground")
    run.set_defaults(verb=verbs.run)

    demo = each.add_parser("demo", help="watch a week of the demo team pass in two minutes, on the playground")
    demo.add_argument("--days", type=int, default=7, metavar="N", help="how many days pass (7)")
    demo.add_argument("--speed", type=float, default=1.0, metavar="X", help="so many times as fast (1)")
    demo.set_defaults(verb=verbs.demo)

    say = each.add_parser("say", help="say one message to the bot and print the reply")
    say.add_argument("text", nargs="+", metavar="TEXT", help="the message; - reads one a line from standard input")
    say.add_argument("--workspace", default="demo", choices=("demo", "main"))
    say.add_argument("--as", dest="name", metavar="NAME", help="who speaks (the demo's lead if nobody is named)")
    say.add_argument("--in", dest="chat", metavar="CHAT", help="the chat's title")
    say.add_argument("--thread", metavar="REF", help="in the thread of this object's card")
    say.add_argument("--now", metavar="ISO-INSTANT", help="pretend that it is this instant (demo only)")
    say.add_argument("--json", action="store_true", help="print what became of it as JSON")
    say.set_defaults(verb=verbs.say)

    when = each.add_parser("when", help="show what the date grammar understands")
    when.add_argument("text", nargs="+", metavar="TEXT", help="the phrase; - reads one a line from standard input")
    when.add_argument("--now", metavar="ISO-INSTANT")
    when.add_argument("--zone", metavar="NAME", help="IANA time zone")
    when.add_argument("--launch", metavar="DATE", help="the launch day, from which D-7 counts")
    when.add_argument("--json", action="store_true")
    when.set_defaults(verb=verbs.when)

    tick = each.add_parser("tick", help="do, or list, what the clock owes up to an instant")
    tick.add_argument("--at", required=True, metavar="INSTANT", help="ISO, with its offset")
    tick.add_argument("--workspace", default="demo", choices=("demo", "main"))
    tick.add_argument("--dry-run", action="store_true", help="only list it")
    tick.add_argument("--json", action="store_true", help="one object a line")
    tick.set_defaults(verb=verbs.tick)

    doctor = each.add_parser("doctor", help="look at the settings, the database and the surroundings")
    doctor.add_argument("--json", action="store_true")
    doctor.set_defaults(verb=verbs.doctor)

    manifest = each.add_parser("manifest", help="print the app's manifest for a platform's console")
    manifest.add_argument("platform", choices=("slack",))
    manifest.add_argument(
        "--url", metavar="HTTPS-URL", help="the bot's public address, for HTTP instead of Socket Mode"
    )
    manifest.add_argument("--yaml", action="store_true")
    manifest.set_defaults(verb=verbs.manifest)

    backup = each.add_parser("backup", help="copy the embedded database to a file")
    backup.add_argument("target", nargs="?", metavar="FILE")
    backup.set_defaults(verb=verbs.back_up)

    restore = each.add_parser("restore", help="put a backup in the database's place; the present file is kept")
    restore.add_argument("source", metavar="FILE")
    restore.set_defaults(verb=verbs.put_back)

    export = each.add_parser("export", help="write a workspace as one document, to be imported elsewhere")
    export.add_argument("--workspace", choices=("main", "demo"), help="by default the one in use")
    export.add_argument("target", nargs="?", default="-", metavar="FILE", help="- (the default) is standard output")
    export.set_defaults(verb=verbs.carry_out)

    imports = each.add_parser("import", help="read a document into an empty workspace, whole or not at all")
    imports.add_argument("--workspace", choices=("main", "demo"), help="by default the one that the document names")
    imports.add_argument("--dry-run", action="store_true", help="try it, and write nothing")
    imports.add_argument("source", metavar="FILE", help="- is standard input")
    imports.set_defaults(verb=verbs.carry_in)

    migrate = each.add_parser("migrate", help="bring the database up to this version")
    migrate.set_defaults(verb=verbs.bring_up)

    personal = each.add_parser("personal-data", help="write all that is stored about one person to a file")
    personal.add_argument("person", metavar="NAME", help="as they are called, or PLATFORM:ID such as slack:U123")
    personal.add_argument("target", metavar="FILE", help="a table where it ends in .csv, else JSON")
    personal.add_argument("--workspace", default="main", choices=("main", "demo"))
    personal.set_defaults(verb=verbs.personal_data)

    audit = each.add_parser("verify-audit", help="look whether the audit trail stands as it was sealed")
    audit.add_argument("--workspace", default="main", choices=("main", "demo"))
    audit.add_argument("--head", metavar="HEX", help="a head that the log noted: what it sealed must still be there")
    audit.add_argument("--csv", metavar="FILE", help="also write the trail as a table")
    audit.set_defaults(verb=verbs.verify_audit)

    admin = each.add_parser("admin", help="give rights from the command line")
    acts = admin.add_subparsers(required=True, metavar="ACT")
    grant = acts.add_parser("grant", help="make an account an admin of `main`")
    grant.add_argument("account", metavar="PLATFORM:ID", help="such as slack:U123")
    grant.set_defaults(verb=verbs.grant)
    return parser


if __name__ == "__main__":
    sys.exit(main())
