"""the whole vocabulary.

Version 0002, after 0001.
"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql import sqltypes

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "calendar",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("updated_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("archived_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("country", sqltypes.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_calendar_workspace_id_workspace")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar")),
        sa.UniqueConstraint("workspace_id", name=op.f("uq_calendar_workspace_id")),
    )
    op.create_table(
        "claim",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("digest", sqltypes.AutoString(), nullable=False),
        sa.Column("expires_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("closed_at", sqltypes.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_claim_workspace_id_workspace")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim")),
    )
    with op.batch_alter_table("claim", schema=None) as batch_op:
        batch_op.create_index("ix_claim_open", ["workspace_id", "closed_at", "expires_at"], unique=False)

    op.create_table(
        "specialday",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("updated_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("archived_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("region", sqltypes.AutoString(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("is_workday", sa.Boolean(), nullable=False),
        sa.Column("note", sqltypes.AutoString(), nullable=True),
        sa.Column("notice_year", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_specialday_workspace_id_workspace")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_specialday")),
        sa.UniqueConstraint("workspace_id", "region", "day", name=op.f("uq_specialday_workspace_id_region_day")),
    )
    op.create_table(
        "term",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("term", sqltypes.AutoString(), nullable=False),
        sa.Column("kind", sqltypes.AutoString(), nullable=False),
        sa.Column("object_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_term_workspace_id_workspace")),
        sa.PrimaryKeyConstraint("workspace_id", "term", "kind", "object_id", name=op.f("pk_term")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "away",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("updated_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("archived_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("delegate_id", sa.Integer(), nullable=True),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("zone", sqltypes.AutoString(), nullable=False),
        sa.Column("is_over", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["delegate_id"], ["person.id"], name=op.f("fk_away_delegate_id_person")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_away_person_id_person")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_away_workspace_id_workspace")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_away")),
        sa.UniqueConstraint("workspace_id", "number", name=op.f("uq_away_workspace_id_number")),
    )
    with op.batch_alter_table("away", schema=None) as batch_op:
        batch_op.create_index("ix_away_delegate", ["workspace_id", "delegate_id", "last_on"], unique=False)
        batch_op.create_index("ix_away_last", ["workspace_id", "archived_at", "last_on"], unique=False)
        batch_op.create_index("ix_away_person", ["workspace_id", "person_id", "last_on"], unique=False)

    op.create_table(
        "feedback",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("updated_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("archived_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("text", sqltypes.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_feedback_person_id_person")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_feedback_workspace_id_workspace")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback")),
    )
    with op.batch_alter_table("feedback", schema=None) as batch_op:
        batch_op.create_index("ix_feedback_newest", ["workspace_id", "archived_at", "created_at"], unique=False)
        batch_op.create_index("ix_feedback_person", ["workspace_id", "person_id", "created_at"], unique=False)

    op.create_table(
        "hint",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("given_on", sa.Date(), nullable=True),
        sa.Column("is_off", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_hint_person_id_person")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_hint_workspace_id_workspace")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_hint")),
    )
    op.create_table(
        "minutes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("updated_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("archived_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sqltypes.AutoString(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=True),
        sa.Column("zone", sqltypes.AutoString(), nullable=False),
        sa.Column("rows", sa.JSON(), nullable=False),
        sa.Column("left", sa.JSON(), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.Column("made_at", sqltypes.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_minutes_author_id_person")),
        sa.ForeignKeyConstraint(["made_by"], ["person.id"], name=op.f("fk_minutes_made_by_person")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_minutes_project_id_project")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_minutes_workspace_id_workspace")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_minutes")),
        sa.UniqueConstraint("workspace_id", "number", name=op.f("uq_minutes_workspace_id_number")),
    )
    with op.batch_alter_table("minutes", schema=None) as batch_op:
        batch_op.create_index("ix_minutes_newest", ["workspace_id", "author_id", "archived_at", "number"], unique=False)

    op.create_table(
        "notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("updated_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("archived_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=True),
        sa.Column("creator_id", sa.Integer(), nullable=False),
        sa.Column("text", sqltypes.AutoString(), nullable=False),
        sa.Column("is_urgent", sa.Boolean(), nullable=False),
        sa.Column("nudge_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("escalate_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("nudges", sa.Integer(), nullable=False),
        sa.Column("urged_at", sqltypes.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["creator_id"], ["person.id"], name=op.f("fk_notice_creator_id_person")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_notice_project_id_project")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_notice_workspace_id_workspace")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("workspace_id", "number", name=op.f("uq_notice_workspace_id_number")),
    )
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.create_index("ix_notice_newest", ["workspace_id", "archived_at", "number"], unique=False)

    op.create_table(
        "projectrole",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("updated_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("archived_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("role", sqltypes.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_projectrole_person_id_person")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_projectrole_project_id_project")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_projectrole_workspace_id_workspace")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_projectrole")),
        sa.UniqueConstraint(
            "workspace_id", "person_id", "project_id", name=op.f("uq_projectrole_workspace_id_person_id_project_id")
        ),
    )
    with op.batch_alter_table("projectrole", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_projectrole_project_id"), ["project_id"], unique=False)

    op.create_table(
        "series",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("updated_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("archived_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("rule", sqltypes.AutoString(), nullable=False),
        sa.Column("creator_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["creator_id"], ["person.id"], name=op.f("fk_series_creator_id_person")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_series_workspace_id_workspace")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_series")),
    )
    with op.batch_alter_table("series", schema=None) as batch_op:
        batch_op.create_index("ix_series_running", ["workspace_id", "archived_at"], unique=False)

    op.create_table(
        "team",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("updated_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("archived_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("name", sqltypes.AutoString(), nullable=False),
        sa.Column("key", sqltypes.AutoString(), nullable=False),
        sa.Column("lead_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["lead_id"], ["person.id"], name=op.f("fk_team_lead_id_person")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_team_workspace_id_workspace")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team")),
    )
    with op.batch_alter_table("team", schema=None) as batch_op:
        batch_op.create_index("ix_team_key", ["workspace_id", "archived_at", "key"], unique=False)

    op.create_table(
        "membership",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("updated_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("archived_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_membership_person_id_person")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_membership_team_id_team")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_membership_workspace_id_workspace")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership")),
    )
    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.create_index("ix_membership_person", ["workspace_id", "person_id"], unique=False)
        batch_op.create_index("ix_membership_team", ["workspace_id", "team_id"], unique=False)

    op.create_table(
        "preference",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("updated_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("archived_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("chat_id", sa.Integer(), nullable=True),
        sa.Column("quiet_from", sa.Integer(), nullable=True),
        sa.Column("quiet_until", sa.Integer(), nullable=True),
        sa.Column("level", sqltypes.AutoString(), nullable=True),
        sa.Column("remind_at", sa.Integer(), nullable=True),
        sa.Column("project_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["chat_id"], ["chat.id"], name=op.f("fk_preference_chat_id_chat")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_preference_person_id_person")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_preference_project_id_project")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_preference_workspace_id_workspace")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_preference")),
        sa.UniqueConstraint("workspace_id", "chat_id", name=op.f("uq_preference_workspace_id_chat_id")),
        sa.UniqueConstraint("workspace_id", "person_id", name=op.f("uq_preference_workspace_id_person_id")),
    )
    op.create_table(
        "receipt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("updated_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("archived_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("confirmed_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("is_spared", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name=op.f("fk_receipt_notice_id_notice")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_receipt_person_id_person")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_receipt_workspace_id_workspace")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt")),
        sa.UniqueConstraint(
            "workspace_id", "notice_id", "person_id", name=op.f("uq_receipt_workspace_id_notice_id_person_id")
        ),
    )
    with op.batch_alter_table("receipt", schema=None) as batch_op:
        batch_op.create_index("ix_receipt_person", ["workspace_id", "person_id", "is_spared"], unique=False)

    op.create_table(
        "schedule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("updated_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("archived_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sqltypes.AutoString(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("chat_id", sa.Integer(), nullable=True),
        sa.Column("project_id", sa.Integer(), nullable=True),
        sa.Column("rule", sqltypes.AutoString(), nullable=False),
        sa.Column("times", sa.JSON(), nullable=False),
        sa.Column("zone", sqltypes.AutoString(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("is_paused", sa.Boolean(), nullable=False),
        sa.Column("paused_until", sqltypes.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["chat_id"], ["chat.id"], name=op.f("fk_schedule_chat_id_chat")),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"], name=op.f("fk_schedule_owner_id_person")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_schedule_project_id_project")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_schedule_workspace_id_workspace")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedule")),
        sa.UniqueConstraint("workspace_id", "number", name=op.f("uq_schedule_workspace_id_number")),
    )
    with op.batch_alter_table("schedule", schema=None) as batch_op:
        batch_op.create_index("ix_schedule_chat", ["workspace_id", "chat_id", "kind"], unique=False)
        batch_op.create_index("ix_schedule_kind", ["workspace_id", "kind"], unique=False)

    op.create_table(
        "shift",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("updated_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("archived_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("team_id", sa.Integer(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("since", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("until", sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_shift_person_id_person")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_shift_team_id_team")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_shift_workspace_id_workspace")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shift")),
    )
    with op.batch_alter_table("shift", schema=None) as batch_op:
        batch_op.create_index("ix_shift_person", ["workspace_id", "person_id", "until"], unique=False)
        batch_op.create_index("ix_shift_until", ["workspace_id", "archived_at", "until"], unique=False)

    op.create_table(
        "dependency",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("updated_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("archived_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("after_id", sa.Integer(), nullable=False),
        sa.Column("waived_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("waived_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["after_id"], ["task.id"], name=op.f("fk_dependency_after_id_task")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_dependency_task_id_task")),
        sa.ForeignKeyConstraint(["waived_by"], ["person.id"], name=op.f("fk_dependency_waived_by_person")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_dependency_workspace_id_workspace")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dependency")),
    )
    with op.batch_alter_table("dependency", schema=None) as batch_op:
        batch_op.create_index("ix_dependency_after", ["workspace_id", "after_id"], unique=False)
        batch_op.create_index("ix_dependency_task", ["workspace_id", "task_id"], unique=False)

    op.create_table(
        "escalation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("updated_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("archived_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("due_by", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_escalation_person_id_person")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_escalation_task_id_task")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_escalation_workspace_id_workspace")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_escalation")),
        sa.UniqueConstraint(
            "workspace_id", "task_id", "due_by", name=op.f("uq_escalation_workspace_id_task_id_due_by")
        ),
    )
    op.create_table(
        "handed",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("updated_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("archived_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("away_id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=True),
        sa.Column("shift_id", sa.Integer(), nullable=True),
        sa.Column("state", sqltypes.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(["away_id"], ["away.id"], name=op.f("fk_handed_away_id_away")),
        sa.ForeignKeyConstraint(["shift_id"], ["shift.id"], name=op.f("fk_handed_shift_id_shift")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_handed_task_id_task")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_handed_workspace_id_workspace")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handed")),
    )
    with op.batch_alter_table("handed", schema=None) as batch_op:
        batch_op.create_index("ix_handed_away", ["workspace_id", "away_id"], unique=False)

    op.create_table(
        "link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("updated_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("archived_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("name", sqltypes.AutoString(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("url", sqltypes.AutoString(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_link_author_id_person")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_link_task_id_task")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_link_workspace_id_workspace")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link")),
        sa.UniqueConstraint(
            "workspace_id", "task_id", "name", "edition", name=op.f("uq_link_workspace_id_task_id_name_edition")
        ),
    )
    with op.batch_alter_table("link", schema=None) as batch_op:
        batch_op.create_index("ix_link_task", ["workspace_id", "task_id", "id"], unique=False)

    op.create_table(
        "mute",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("updated_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("archived_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("kind", sqltypes.AutoString(), nullable=False),
        sa.Column("schedule_id", sa.Integer(), nullable=True),
        sa.Column("until", sqltypes.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_mute_person_id_person")),
        sa.ForeignKeyConstraint(["schedule_id"], ["schedule.id"], name=op.f("fk_mute_schedule_id_schedule")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_mute_workspace_id_workspace")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mute")),
    )
    with op.batch_alter_table("mute", schema=None) as batch_op:
        batch_op.create_index("ix_mute_person", ["workspace_id", "person_id", "kind"], unique=False)

    op.create_table(
        "nudge",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("updated_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("archived_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_nudge_by_id_person")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_nudge_task_id_task")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_nudge_workspace_id_workspace")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nudge")),
    )
    with op.batch_alter_table("nudge", schema=None) as batch_op:
        batch_op.create_index("ix_nudge_task", ["workspace_id", "task_id"], unique=False)

    op.create_table(
        "occurrence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("schedule_id", sa.Integer(), nullable=False),
        sa.Column("slot", sqltypes.AutoString(), nullable=False),
        sa.Column("at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("late_s", sa.Integer(), nullable=False),
        sa.Column("state", sqltypes.AutoString(), nullable=False),
        sa.Column("reason", sqltypes.AutoString(), nullable=False),
        sa.Column("cursor", sqltypes.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(["schedule_id"], ["schedule.id"], name=op.f("fk_occurrence_schedule_id_schedule")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_occurrence_workspace_id_workspace")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_occurrence")),
        sa.UniqueConstraint(
            "workspace_id", "schedule_id", "slot", name=op.f("uq_occurrence_workspace_id_schedule_id_slot")
        ),
    )
    op.create_table(
        "participant",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("updated_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("archived_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("part", sqltypes.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_participant_person_id_person")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_participant_task_id_task")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_participant_workspace_id_workspace")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_participant")),
    )
    with op.batch_alter_table("participant", schema=None) as batch_op:
        batch_op.create_index("ix_participant_person", ["workspace_id", "person_id", "part"], unique=False)
        batch_op.create_index("ix_participant_task", ["workspace_id", "task_id"], unique=False)

    op.create_table(
        "snooze",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("updated_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("archived_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("until", sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_snooze_person_id_person")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_snooze_task_id_task")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_snooze_workspace_id_workspace")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_snooze")),
    )
    with op.batch_alter_table("snooze", schema=None) as batch_op:
        batch_op.create_index("ix_snooze_person", ["workspace_id", "person_id", "archived_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_snooze_task_id"), ["task_id"], unique=False)

    op.create_table(
        "standup",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("updated_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("archived_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("schedule_id", sa.Integer(), nullable=False),
        sa.Column("chat_id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("opened_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("closed_at", sqltypes.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["chat_id"], ["chat.id"], name=op.f("fk_standup_chat_id_chat")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_standup_project_id_project")),
        sa.ForeignKeyConstraint(["schedule_id"], ["schedule.id"], name=op.f("fk_standup_schedule_id_schedule")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_standup_workspace_id_workspace")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_standup")),
        sa.UniqueConstraint("workspace_id", "number", name=op.f("uq_standup_workspace_id_number")),
        sa.UniqueConstraint("workspace_id", "schedule_id", "day", name=op.f("uq_standup_workspace_id_schedule_id_day")),
    )
    op.create_table(
        "upcoming",
        sa.Column("schedule_id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("slot", sqltypes.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(["schedule_id"], ["schedule.id"], name=op.f("fk_upcoming_schedule_id_schedule")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_upcoming_workspace_id_workspace")),
        sa.PrimaryKeyConstraint("schedule_id", name=op.f("pk_upcoming")),
    )
    with op.batch_alter_table("upcoming", schema=None) as batch_op:
        batch_op.create_index("ix_upcoming_at", ["workspace_id", "at"], unique=False)

    op.create_table(
        "checkin",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("updated_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("archived_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("standup_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("state", sqltypes.AutoString(), nullable=False),
        sa.Column("done", sa.JSON(), nullable=False),
        sa.Column("plan", sa.JSON(), nullable=False),
        sa.Column("blockers", sa.JSON(), nullable=False),
        sa.Column("tasks", sa.JSON(), nullable=False),
        sa.Column("asked_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("nudged_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("told_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("is_reported", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_checkin_person_id_person")),
        sa.ForeignKeyConstraint(["standup_id"], ["standup.id"], name=op.f("fk_checkin_standup_id_standup")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_checkin_workspace_id_workspace")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checkin")),
        sa.UniqueConstraint(
            "workspace_id", "standup_id", "person_id", name=op.f("uq_checkin_workspace_id_standup_id_person_id")
        ),
    )
    with op.batch_alter_table("checkin", schema=None) as batch_op:
        batch_op.create_index("ix_checkin_person", ["workspace_id", "person_id", "standup_id"], unique=False)

    with op.batch_alter_table("chat", schema=None) as batch_op:
        batch_op.add_column(sa.Column("awaits_digest", sa.Boolean(), nullable=True))

    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.add_column(sa.Column("awaits_hello", sa.Boolean(), nullable=True))
        batch_op.add_column(sa.Column("country", sqltypes.AutoString(), nullable=True))

    with op.batch_alter_table("project", schema=None) as batch_op:
        batch_op.add_column(sa.Column("launch_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("country", sqltypes.AutoString(), nullable=True))

    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.add_column(sa.Column("parent_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("description", sqltypes.AutoString(), nullable=True))
        batch_op.add_column(sa.Column("held_for", sqltypes.AutoString(), nullable=True))
        batch_op.add_column(sa.Column("held_at", sqltypes.UTCDateTime(), nullable=True))
        batch_op.add_column(sa.Column("held_by", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("waits_on", sqltypes.AutoString(), nullable=True))
        batch_op.add_column(sa.Column("waits_until", sqltypes.UTCDateTime(), nullable=True))
        batch_op.add_column(sa.Column("waits_through", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("started_by", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("kind", sqltypes.AutoString(), server_default="task", nullable=False))
        batch_op.add_column(sa.Column("severity", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("found_at", sqltypes.UTCDateTime(), nullable=True))
        batch_op.add_column(sa.Column("concerns_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("series_id", sa.Integer(), nullable=True))
        batch_op.create_index(
            "ix_task_closed",
            ["workspace_id", "project_id", "closed_at"],
            unique=False,
            sqlite_where=sa.text("closed_at IS NOT NULL"),
            postgresql_where=sa.text("closed_at IS NOT NULL"),
        )
        batch_op.create_index("ix_task_parent", ["workspace_id", "parent_id", "number"], unique=False)
        batch_op.create_index(
            "ix_task_series",
            ["workspace_id", "series_id", "id"],
            unique=False,
            sqlite_where=sa.text("series_id IS NOT NULL"),
            postgresql_where=sa.text("series_id IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_task_severity",
            ["workspace_id", "project_id", "is_open", "severity"],
            unique=False,
            sqlite_where=sa.text("severity IS NOT NULL"),
            postgresql_where=sa.text("severity IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_task_waits",
            ["workspace_id", "owner_id", "waits_until"],
            unique=False,
            sqlite_where=sa.text("waits_until IS NOT NULL"),
            postgresql_where=sa.text("waits_until IS NOT NULL"),
        )
        batch_op.create_foreign_key(batch_op.f("fk_task_parent_id_task"), "task", ["parent_id"], ["id"])
        batch_op.create_foreign_key(batch_op.f("fk_task_started_by_person"), "person", ["started_by"], ["id"])
        batch_op.create_foreign_key(batch_op.f("fk_task_held_by_person"), "person", ["held_by"], ["id"])
        batch_op.create_foreign_key(batch_op.f("fk_task_concerns_id_task"), "task", ["concerns_id"], ["id"])
        batch_op.create_foreign_key(batch_op.f("fk_task_series_id_series"), "series", ["series_id"], ["id"])


def downgrade() -> None:
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_task_series_id_series"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_task_concerns_id_task"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_task_held_by_person"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_task_started_by_person"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_task_parent_id_task"), type_="foreignkey")
        batch_op.drop_index(
            "ix_task_waits",
            sqlite_where=sa.text("waits_until IS NOT NULL"),
            postgresql_where=sa.text("waits_until IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_task_severity",
            sqlite_where=sa.text("severity IS NOT NULL"),
            postgresql_where=sa.text("severity IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_task_series",
            sqlite_where=sa.text("series_id IS NOT NULL"),
            postgresql_where=sa.text("series_id IS NOT NULL"),
        )
        batch_op.drop_index("ix_task_parent")
        batch_op.drop_index(
            "ix_task_closed",
            sqlite_where=sa.text("closed_at IS NOT NULL"),
            postgresql_where=sa.text("closed_at IS NOT NULL"),
        )
        batch_op.drop_column("series_id")
        batch_op.drop_column("concerns_id")
        batch_op.drop_column("found_at")
        batch_op.drop_column("severity")
        batch_op.drop_column("kind")
        batch_op.drop_column("started_by")
        batch_op.drop_column("waits_through")
        batch_op.drop_column("waits_until")
        batch_op.drop_column("waits_on")
        batch_op.drop_column("held_by")
        batch_op.drop_column("held_at")
        batch_op.drop_column("held_for")
        batch_op.drop_column("description")
        batch_op.drop_column("parent_id")

    with op.batch_alter_table("project", schema=None) as batch_op:
        batch_op.drop_column("country")
        batch_op.drop_column("launch_on")

    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_column("country")
        batch_op.drop_column("awaits_hello")

    with op.batch_alter_table("chat", schema=None) as batch_op:
        batch_op.drop_column("awaits_digest")

    with op.batch_alter_table("checkin", schema=None) as batch_op:
        batch_op.drop_index("ix_checkin_person")

    op.drop_table("checkin")
    with op.batch_alter_table("upcoming", schema=None) as batch_op:
        batch_op.drop_index("ix_upcoming_at")

    op.drop_table("upcoming")
    op.drop_table("standup")
    with op.batch_alter_table("snooze", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_snooze_task_id"))
        batch_op.drop_index("ix_snooze_person")

    op.drop_table("snooze")
    with op.batch_alter_table("participant", schema=None) as batch_op:
        batch_op.drop_index("ix_participant_task")
        batch_op.drop_index("ix_participant_person")

    op.drop_table("participant")
    op.drop_table("occurrence")
    with op.batch_alter_table("nudge", schema=None) as batch_op:
        batch_op.drop_index("ix_nudge_task")

    op.drop_table("nudge")
    with op.batch_alter_table("mute", schema=None) as batch_op:
        batch_op.drop_index("ix_mute_person")

    op.drop_table("mute")
    with op.batch_alter_table("link", schema=None) as batch_op:
        batch_op.drop_index("ix_link_task")

    op.drop_table("link")
    with op.batch_alter_table("handed", schema=None) as batch_op:
        batch_op.drop_index("ix_handed_away")

    op.drop_table("handed")
    op.drop_table("escalation")
    with op.batch_alter_table("dependency", schema=None) as batch_op:
        batch_op.drop_index("ix_dependency_task")
        batch_op.drop_index("ix_dependency_after")

    op.drop_table("dependency")
    with op.batch_alter_table("shift", schema=None) as batch_op:
        batch_op.drop_index("ix_shift_until")
        batch_op.drop_index("ix_shift_person")

    op.drop_table("shift")
    with op.batch_alter_table("schedule", schema=None) as batch_op:
        batch_op.drop_index("ix_schedule_kind")
        batch_op.drop_index("ix_schedule_chat")

    op.drop_table("schedule")
    with op.batch_alter_table("receipt", schema=None) as batch_op:
        batch_op.drop_index("ix_receipt_person")

    op.drop_table("receipt")
    op.drop_table("preference")
    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.drop_index("ix_membership_team")
        batch_op.drop_index("ix_membership_person")

    op.drop_table("membership")
    with op.batch_alter_table("team", schema=None) as batch_op:
        batch_op.drop_index("ix_team_key")

    op.drop_table("team")
    with op.batch_alter_table("series", schema=None) as batch_op:
        batch_op.drop_index("ix_series_running")

    op.drop_table("series")
    with op.batch_alter_table("projectrole", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_projectrole_project_id"))

    op.drop_table("projectrole")
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.drop_index("ix_notice_newest")

    op.drop_table("notice")
    with op.batch_alter_table("minutes", schema=None) as batch_op:
        batch_op.drop_index("ix_minutes_newest")

    op.drop_table("minutes")
    op.drop_table("hint")
    with op.batch_alter_table("feedback", schema=None) as batch_op:
        batch_op.drop_index("ix_feedback_person")
        batch_op.drop_index("ix_feedback_newest")

    op.drop_table("feedback")
    with op.batch_alter_table("away", schema=None) as batch_op:
        batch_op.drop_index("ix_away_person")
        batch_op.drop_index("ix_away_last")
        batch_op.drop_index("ix_away_delegate")

    op.drop_table("away")
    op.drop_table("term")
    op.drop_table("specialday")
    with op.batch_alter_table("claim", schema=None) as batch_op:
        batch_op.drop_index("ix_claim_open")

    op.drop_table("claim")
    op.drop_table("calendar")
