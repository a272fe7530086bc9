"""What an account may do: a viewer looks, an editor decides, an admin also lets people in."""

from typing import Literal, get_args

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, Group, User
from django.db import transaction
from django.db.models import QuerySet

from monitor.i18n import _

Role = Literal["viewer", "editor", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)

#: The group of those who only look. An admin is whom Django calls staff; everybody else is an editor.
VIEWERS = "viewer"


def role_of(user: AbstractBaseUser | AnonymousUser) -> Role:
    """What `user` is; whoever is not signed in may no more than look."""
    if not isinstance(user, User):
        return "viewer"
    if user.is_staff:
        return "admin"
    return "viewer" if any(group.name == VIEWERS for group in user.groups.all()) else "editor"


def may_decide(user: AbstractBaseUser | AnonymousUser) -> bool:
    """Whether `user` may change anything that others see."""
    return role_of(user) != "viewer"


@transaction.atomic
def set_role(user: User, role: Role) -> None:
    """Makes `user` a viewer, an editor or an admin, from their next press on.

    Raises:
        ValueError: nobody would be left who can let people in; with the sentence for it.
    """
    if role != "admin":
        keep_an_admin(user)
    user.is_staff = user.is_superuser = role == "admin"
    user.save(update_fields=["is_staff", "is_superuser"])
    if role == "viewer":
        user.groups.add(Group.objects.get_or_create(name=VIEWERS)[0])
    else:
        user.groups.remove(*Group.objects.filter(name=VIEWERS))


def keep_an_admin(user: User) -> None:
    """Says no where `user` is the last active admin; inside a transaction, so that two do not unmake each other.

    Raises:
        ValueError: with the sentence for it.
    """
    admins = {one.pk for one in User.objects.select_for_update().filter(is_staff=True, is_active=True)}
    if admins == {user.pk}:
        raise ValueError(_("관리자가 한 사람은 남아야 합니다. 먼저 다른 사람을 관리자로 정해 주십시오."))


def editors() -> QuerySet[User]:
    """Everybody who may decide, and so may be given a story."""
    return User.objects.filter(is_active=True).exclude(is_staff=False, groups__name=VIEWERS)
