"""The first tables.

Version 0001, the first.
"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql import sqltypes

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "workspace",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sqltypes.AutoString(), nullable=False),
        sa.Column("language", sqltypes.AutoString(), nullable=False),
        sa.Column("timezone", sqltypes.AutoString(), nullable=False),
        sa.Column("seal_key", sqltypes.AutoString(), nullable=False),
        sa.Column("created_at", sqltypes.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workspace")),
        sa.UniqueConstraint("name", name=op.f("uq_workspace_name")),
    )
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("call", sqltypes.AutoString(), nullable=True),
        sa.Column("action", sqltypes.AutoString(), nullable=False),
        sa.Column("kind", sqltypes.AutoString(), nullable=False),
        sa.Column("object_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_audit_workspace_id_workspace")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.create_index("ix_audit_call", ["workspace_id", "call"], unique=False)
        batch_op.create_index("ix_audit_object", ["workspace_id", "kind", "object_id"], unique=False)

    op.create_table(
        "counter",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("kind", sqltypes.AutoString(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_counter_workspace_id_workspace")),
        sa.PrimaryKeyConstraint("workspace_id", "kind", name=op.f("pk_counter")),
    )
    op.create_table(
        "inbox",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("key", sqltypes.AutoString(), nullable=False),
        sa.Column("call", sqltypes.AutoString(), nullable=False),
        sa.Column("received_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("chat_id", sa.Integer(), nullable=True),
        sa.Column("command", sqltypes.AutoString(), nullable=True),
        sa.Column("args", sa.JSON(), nullable=False),
        sa.Column("result", sqltypes.AutoString(), nullable=False),
        sa.Column("reply", sa.JSON(), nullable=True),
        sa.Column("answer", sa.JSON(), nullable=True),
        sa.Column("ref_kind", sqltypes.AutoString(), nullable=True),
        sa.Column("ref_id", sa.Integer(), nullable=True),
        sa.Column("ref_label", sqltypes.AutoString(), nullable=True),
        sa.Column("writes", sa.Integer(), nullable=False),
        sa.Column("undone_by", sqltypes.AutoString(), nullable=True),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_inbox_workspace_id_workspace")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox")),
        sa.UniqueConstraint("call", name=op.f("uq_inbox_call")),
        sa.UniqueConstraint("workspace_id", "key", name=op.f("uq_inbox_workspace_id_key")),
    )
    with op.batch_alter_table("inbox", schema=None) as batch_op:
        batch_op.create_index("ix_inbox_person_chat", ["workspace_id", "person_id", "chat_id", "id"], unique=False)

    op.create_table(
        "outbox",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("id", sqltypes.AutoString(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("platform", sqltypes.AutoString(), nullable=False),
        sa.Column("operation", sqltypes.AutoString(), nullable=False),
        sa.Column("chat_id", sa.Integer(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("thread", sqltypes.AutoString(), nullable=True),
        sa.Column("lane", sqltypes.AutoString(), nullable=True),
        sa.Column("card_id", sa.Integer(), nullable=True),
        sa.Column("payload", sa.JSON(), nullable=True),
        sa.Column("language", sqltypes.AutoString(), nullable=False),
        sa.Column("trigger", sqltypes.AutoString(), nullable=True),
        sa.Column("cause", sqltypes.AutoString(), nullable=True),
        sa.Column("state", sqltypes.AutoString(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("not_before", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("expires_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("lease_token", sqltypes.AutoString(), nullable=True),
        sa.Column("lease_until", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("tried_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("sent_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("message", sqltypes.AutoString(), nullable=True),
        sa.Column("last_error", sqltypes.AutoString(), nullable=True),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_outbox_workspace_id_workspace")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_outbox")),
        sa.UniqueConstraint("id", name=op.f("uq_outbox_id")),
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index("ix_outbox_card", ["workspace_id", "card_id", "state"], unique=False)
        batch_op.create_index("ix_outbox_cause", ["workspace_id", "cause"], unique=False)
        batch_op.create_index("ix_outbox_due", ["state", "not_before"], unique=False)
        batch_op.create_index("ix_outbox_lane", ["lane", "state", "seq"], unique=False)

    op.create_table(
        "person",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("updated_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("archived_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("name", sqltypes.AutoString(), nullable=False),
        sa.Column("role", sqltypes.AutoString(), nullable=False),
        sa.Column("language", sqltypes.AutoString(), nullable=True),
        sa.Column("timezone", sqltypes.AutoString(), nullable=True),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_person_workspace_id_workspace")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
    )
    op.create_table(
        "project",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("updated_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("archived_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("name", sqltypes.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_project_workspace_id_workspace")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project")),
    )
    op.create_table(
        "room_message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("chat", sqltypes.AutoString(), nullable=False),
        sa.Column("thread", sa.Integer(), nullable=True),
        sa.Column("sender", sqltypes.AutoString(), nullable=False),
        sa.Column("only_for", sqltypes.AutoString(), nullable=True),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("outbox_id", sqltypes.AutoString(), nullable=True),
        sa.Column("deliveries", sa.Integer(), nullable=False),
        sa.Column("client_key", sqltypes.AutoString(), nullable=True),
        sa.Column("is_shown", sa.Boolean(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("created_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("edited_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("removed_at", sqltypes.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_room_message_workspace_id_workspace")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room_message")),
        sa.UniqueConstraint("workspace_id", "client_key", name=op.f("uq_room_message_workspace_id_client_key")),
        sa.UniqueConstraint("workspace_id", "outbox_id", name=op.f("uq_room_message_workspace_id_outbox_id")),
    )
    with op.batch_alter_table("room_message", schema=None) as batch_op:
        batch_op.create_index("ix_room_message_chat", ["workspace_id", "chat", "id"], unique=False)
        batch_op.create_index("ix_room_message_step", ["workspace_id", "step"], unique=False)
        batch_op.create_index("ix_room_message_thread", ["workspace_id", "thread"], unique=False)

    op.create_table(
        "account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("updated_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("archived_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("platform", sqltypes.AutoString(), nullable=False),
        sa.Column("app", sqltypes.AutoString(), nullable=False),
        sa.Column("tenant", sqltypes.AutoString(), nullable=False),
        sa.Column("native", sqltypes.AutoString(), nullable=False),
        sa.Column("title", sqltypes.AutoString(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_account_person_id_person")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_account_workspace_id_workspace")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint(
            "workspace_id",
            "platform",
            "app",
            "tenant",
            "native",
            name=op.f("uq_account_workspace_id_platform_app_tenant_native"),
        ),
    )
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_account_person_id"), ["person_id"], unique=False)

    op.create_table(
        "alias",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("key", sqltypes.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_alias_person_id_person")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_alias_workspace_id_workspace")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alias")),
    )
    with op.batch_alter_table("alias", schema=None) as batch_op:
        batch_op.create_index("ix_alias_key", ["workspace_id", "key"], unique=False)

    op.create_table(
        "chat",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("updated_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("archived_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("platform", sqltypes.AutoString(), nullable=False),
        sa.Column("app", sqltypes.AutoString(), nullable=False),
        sa.Column("tenant", sqltypes.AutoString(), nullable=False),
        sa.Column("native", sqltypes.AutoString(), nullable=False),
        sa.Column("kind", sqltypes.AutoString(), nullable=False),
        sa.Column("title", sqltypes.AutoString(), nullable=True),
        sa.Column("language", sqltypes.AutoString(), nullable=True),
        sa.Column("timezone", sqltypes.AutoString(), nullable=True),
        sa.Column("project_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_chat_project_id_project")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_chat_workspace_id_workspace")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chat")),
        sa.UniqueConstraint(
            "workspace_id",
            "platform",
            "app",
            "tenant",
            "native",
            name=op.f("uq_chat_workspace_id_platform_app_tenant_native"),
        ),
    )
    with op.batch_alter_table("chat", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_chat_project_id"), ["project_id"], unique=False)

    op.create_table(
        "card",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("kind", sqltypes.AutoString(), nullable=False),
        sa.Column("object_id", sa.Integer(), nullable=False),
        sa.Column("chat_id", sa.Integer(), nullable=False),
        sa.Column("thread", sqltypes.AutoString(), nullable=True),
        sa.Column("message", sqltypes.AutoString(), nullable=True),
        sa.ForeignKeyConstraint(["chat_id"], ["chat.id"], name=op.f("fk_card_chat_id_chat")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_card_workspace_id_workspace")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_card")),
        sa.UniqueConstraint(
            "workspace_id", "kind", "object_id", "chat_id", name=op.f("uq_card_workspace_id_kind_object_id_chat_id")
        ),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("card", schema=None) as batch_op:
        batch_op.create_index("ix_card_message", ["workspace_id", "chat_id", "message"], unique=False)

    op.create_table(
        "task",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("updated_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("archived_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=True),
        sa.Column("title", sqltypes.AutoString(), nullable=False),
        sa.Column("status", sqltypes.AutoString(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("creator_id", sa.Integer(), nullable=True),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("labels", sa.JSON(), nullable=False),
        sa.Column("estimate_minutes", sa.Integer(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("due_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("due_zone", sqltypes.AutoString(), nullable=True),
        sa.Column("due_by", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("started_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("closed_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("closed_by", sa.Integer(), nullable=True),
        sa.Column("source_chat_id", sa.Integer(), nullable=True),
        sa.Column("source_message", sqltypes.AutoString(), nullable=True),
        sa.Column("source_author_id", sa.Integer(), nullable=True),
        sa.Column("source_link", sqltypes.AutoString(), nullable=True),
        sa.ForeignKeyConstraint(["closed_by"], ["person.id"], name=op.f("fk_task_closed_by_person")),
        sa.ForeignKeyConstraint(["creator_id"], ["person.id"], name=op.f("fk_task_creator_id_person")),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"], name=op.f("fk_task_owner_id_person")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_task_project_id_project")),
        sa.ForeignKeyConstraint(["source_author_id"], ["person.id"], name=op.f("fk_task_source_author_id_person")),
        sa.ForeignKeyConstraint(["source_chat_id"], ["chat.id"], name=op.f("fk_task_source_chat_id_chat")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_task_workspace_id_workspace")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
        sa.UniqueConstraint("workspace_id", "number", name=op.f("uq_task_workspace_id_number")),
    )
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.create_index("ix_task_owner_due", ["workspace_id", "owner_id", "is_open", "due_by"], unique=False)
        batch_op.create_index("ix_task_project_due", ["workspace_id", "project_id", "is_open", "due_by"], unique=False)
        batch_op.create_index("ix_task_source", ["workspace_id", "source_chat_id", "source_message"], unique=False)

    op.create_table(
        "comment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("updated_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("archived_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("text", sqltypes.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_comment_author_id_person")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_comment_task_id_task")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_comment_workspace_id_workspace")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comment")),
    )
    with op.batch_alter_table("comment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_comment_task_id"), ["task_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("comment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_comment_task_id"))

    op.drop_table("comment")
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.drop_index("ix_task_source")
        batch_op.drop_index("ix_task_project_due")
        batch_op.drop_index("ix_task_owner_due")

    op.drop_table("task")
    with op.batch_alter_table("card", schema=None) as batch_op:
        batch_op.drop_index("ix_card_message")

    op.drop_table("card")
    with op.batch_alter_table("chat", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_chat_project_id"))

    op.drop_table("chat")
    with op.batch_alter_table("alias", schema=None) as batch_op:
        batch_op.drop_index("ix_alias_key")

    op.drop_table("alias")
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_account_person_id"))

    op.drop_table("account")
    with op.batch_alter_table("room_message", schema=None) as batch_op:
        batch_op.drop_index("ix_room_message_thread")
        batch_op.drop_index("ix_room_message_step")
        batch_op.drop_index("ix_room_message_chat")

    op.drop_table("room_message")
    op.drop_table("project")
    op.drop_table("person")
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index("ix_outbox_lane")
        batch_op.drop_index("ix_outbox_due")
        batch_op.drop_index("ix_outbox_cause")
        batch_op.drop_index("ix_outbox_card")

    op.drop_table("outbox")
    with op.batch_alter_table("inbox", schema=None) as batch_op:
        batch_op.drop_index("ix_inbox_person_chat")

    op.drop_table("inbox")
    op.drop_table("counter")
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_object")
        batch_op.drop_index("ix_audit_call")

    op.drop_table("audit")
    op.drop_table("workspace")
