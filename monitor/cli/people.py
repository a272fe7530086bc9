"""Commands for the accounts that may open the pages."""

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from monitor.cli.collect import now
from monitor.cli.common import AsJson, console, fail, iso, moment, prepare, print_json, print_table
from monitor.cli.wording import Commands
from monitor.i18n import _

if TYPE_CHECKING:
    from django.contrib.auth.models import User

#: `review.accounts.roles.Role`, which cannot be imported before Django is set up.
Role = Literal["viewer", "editor", "admin"]

users_app = Commands(no_args_is_help=True, help=_("누가 로그인할 수 있는가"))


def register(app: typer.Typer) -> None:
    """Adds these commands."""
    app.add_typer(users_app, name="users")


@users_app.command("add", help=_("계정을 만들고 로그인 링크를 보여 줍니다."))
def users_add(
    name: str,
    email: Annotated[str, typer.Option(help=_("메일 주소"))] = "",
    admin: Annotated[bool, typer.Option("--admin", help=_("관리자로. --role admin 과 같습니다."))] = False,
    role: Annotated[
        Role, typer.Option(help=_("viewer 는 보기만, editor 는 결정도, admin 은 사람도 정합니다."))
    ] = "editor",
) -> None:
    """`monitor users add`: makes an account, and prints a sign-in link for it; exit 2 where it cannot be."""
    prepare()
    from review.accounts.actions import by_command_line
    from review.accounts.people import add_user
    from review.accounts.signin import make_link

    try:
        user = add_user(name, email, role="admin" if admin else role)
    except ValueError as error:
        fail(str(error), code=2)
    by_command_line("person.added", user.username, role="admin" if admin else role)
    console.print(make_link(user, now()), markup=False, soft_wrap=True)


@users_app.command("list", help=_("계정"))
def users_list(as_json: AsJson = False) -> None:
    """`monitor users list`: prints the accounts, including closed ones, by their names."""
    prepare()
    from django.contrib.auth.models import User

    from review.accounts.roles import role_of
    from review.labels import role_name

    rows = User.objects.order_by("username").prefetch_related("telegram_people", "groups")
    if as_json:
        for user in rows:
            print_json(
                {
                    "name": user.username,
                    "telegram": [person.telegram_id for person in user.telegram_people.all()],
                    "email": user.email or None,
                    "admin": user.is_staff,
                    "role": role_of(user),
                    "active": user.is_active,
                    "last_login_at": iso(user.last_login),
                }
            )
        return
    columns = (_("이름"), _("메일"), _("텔레그램"), _("권한"), _("마지막 로그인"))
    print_table(
        _("계정"),
        columns,
        (
            (
                user.username,
                user.email,
                ", ".join(
                    f"{person.name} {person.telegram_id}".strip() for person in user.telegram_people.all()
                ),
                role_name(role_of(user)) if user.is_active else _("닫힘"),
                moment(user.last_login),
            )
            for user in rows
        ),
    )


@users_app.command("link", help=_("한 번 쓰는 로그인 링크"))
def users_link(name: str) -> None:
    """`monitor users link`: prints a sign-in link that works once; exit 2 where there is no such account."""
    prepare()
    from review.accounts.actions import by_command_line
    from review.accounts.signin import make_link

    link = make_link(_active(name), now())
    by_command_line("person.link", name)
    console.print(link, markup=False, soft_wrap=True)


@users_app.command("role", help=_("누가 무엇을 할 수 있는지 바꿉니다: viewer, editor, admin"))
def users_role(name: str, role: Role) -> None:
    """`monitor users role`: changes what an account may do; exit 2 where it cannot be."""
    prepare()
    from review.accounts.actions import by_command_line
    from review.accounts.roles import role_of, set_role
    from review.labels import role_name

    user = _active(name)
    former = role_of(user)
    try:
        set_role(user, role)
    except ValueError as error:
        fail(str(error), code=2)
    by_command_line("person.changed", name, role=role, former_role=former)
    console.print(f"{name}: {role_name(role)}", markup=False)


@users_app.command("telegram", help=_("텔레그램에서 누르는 단추를 이 계정의 결정으로 합니다."))
def users_telegram(
    name: str,
    number: Annotated[int, typer.Argument(min=1, help=_("텔레그램 사용자 번호. /start 가 보여 줍니다."))],
) -> None:
    """`monitor users telegram`: makes what a Telegram user taps this account's doing from now on.

    What was decided before stays with the account that it was decided as.
    """
    prepare()
    from review.accounts.actions import by_command_line
    from review.accounts.people import link_telegram

    link_telegram(_active(name), number)
    by_command_line("person.telegram", name, telegram=number)
    said = _("이제부터 텔레그램 사용자 {number} 의 결정은 {name} 계정의 결정입니다.")
    console.print(said.format(number=number, name=name), markup=False)


def _active(name: str) -> "User":
    from django.contrib.auth.models import User

    user = User.objects.filter(username=name, is_active=True).first()
    if user is None:
        known = ", ".join(User.objects.filter(is_active=True).values_list("username", flat=True))
        fail(_('"{name}" 계정이 없습니다. 있는 계정: {known}').format(name=name, known=known or "-"), code=2)
    return user
