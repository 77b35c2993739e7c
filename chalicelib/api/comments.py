"""Comments: reading, writing, liking and deleting them."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from chalicelib.api import schemas
from chalicelib.api.fields import Said
from chalicelib.api.paging import Page, read_cursor, read_moment, write_cursor, write_moment
from chalicelib.api.requests import Request
from chalicelib.api.routing import Audience, Reply, endpoint
from chalicelib.api.validation import Input
from chalicelib.engagement import comments
from chalicelib.engagement.comment_store import Comment as StoredComment
from chalicelib.platform.limits import LimitClass

Sort = Literal["top", "new"]


class CommentForm(Input):
    """A comment as it is written; with `parent_id`, a reply."""

    text: Annotated[str, Field(min_length=1, max_length=500), Said]
    parent_id: Annotated[str, Field(min_length=1, max_length=64), Said] | None = None


class CommentsQuery(Page):
    """Which comments, and from where on."""

    sort: Sort = "top"


class CommentViewer(BaseModel):
    """What the caller has done with a comment."""

    liked: bool


class Comment(BaseModel):
    """A comment as the caller sees it."""

    id: str
    author: schemas.UserRef
    text: str
    parent_id: str | None
    reply_count: int
    like_count: int
    viewer: CommentViewer | None
    created_at: schemas.Moment

    @classmethod
    def of(cls, comment: StoredComment) -> "Comment":
        """Show a comment."""
        return cls(
            id=comment.id,
            author=schemas.UserRef.of(comment.author),
            text=comment.text,
            parent_id=comment.parent_id,
            reply_count=comment.replies,
            like_count=comment.likes,
            viewer=None if comment.liked is None else CommentViewer(liked=comment.liked),
            created_at=comment.created_at,
        )


class CommentPage(BaseModel):
    """A page of comments."""

    items: list[Comment]
    next_cursor: str | None


class CommentLikeState(BaseModel):
    """Whether the caller likes a comment, and how many do."""

    liked: bool
    like_count: int


@endpoint(
    "GET",
    "/videos/{video_id}/comments",
    allow=Audience.ANYONE,
    limit=LimitClass.READ,
    query=CommentsQuery,
    response=CommentPage,
    problems=("not_found", "deleted"),
)
def list_comments(request: Request, *, query: CommentsQuery) -> Reply:
    """List a video's comments, the best liked or the newest first."""
    video_id = request.params["video_id"]
    filters = f"comments of {video_id} {query.sort}"
    read = read_moment if query.sort == "new" else read_cursor
    found = comments.list_comments(
        request.context,
        request.session,
        video_id,
        sort=query.sort,
        after=read(request, filters, query.cursor),
        limit=query.limit + 1,
    )
    return _page(request, filters, found, query.limit, by_likes=query.sort == "top")


@endpoint(
    "GET",
    "/comments/{comment_id}/replies",
    allow=Audience.ANYONE,
    limit=LimitClass.READ,
    query=Page,
    response=CommentPage,
    problems=("not_found",),
)
def list_replies(request: Request, *, query: Page) -> Reply:
    """List the replies to a comment, the oldest first."""
    comment_id = request.params["comment_id"]
    filters = f"replies to {comment_id}"
    found = comments.list_replies(
        request.context,
        request.session,
        comment_id,
        after=read_moment(request, filters, query.cursor),
        limit=query.limit + 1,
    )
    return _page(request, filters, found, query.limit, by_likes=False)


@endpoint(
    "POST",
    "/videos/{video_id}/comments",
    allow=Audience.SIGNED_IN,
    limit=LimitClass.COMMENT,
    body=CommentForm,
    response=Comment,
    status=201,
    problems=("not_found", "deleted", "comments_off"),
    links={
        "delete_comment": ("comment_id", "/id"),
        "like_comment": ("comment_id", "/id"),
        "list_replies": ("comment_id", "/id"),
    },
    idempotent=True,
)
def write_comment(request: Request, *, body: CommentForm) -> Reply:
    """Write a comment on a video, or a reply."""
    comment = comments.add(
        request.context,
        request.caller,
        request.params["video_id"],
        text=body.text,
        parent_id=body.parent_id,
    )
    return Reply(Comment.of(comment), 201)


@endpoint(
    "DELETE",
    "/comments/{comment_id}",
    allow=Audience.SIGNED_IN,
    limit=LimitClass.COMMENT,
    status=204,
    problems=("not_found",),
)
def delete_comment(request: Request) -> Reply:
    """Take a comment away, with the replies to it."""
    comments.delete(request.context, request.caller, request.params["comment_id"])
    return Reply(status=204)


@endpoint(
    "PUT",
    "/comments/{comment_id}/like",
    allow=Audience.SIGNED_IN,
    limit=LimitClass.LIKE,
    response=CommentLikeState,
    problems=("not_found",),
)
def like_comment(request: Request) -> Reply:
    """Like a comment."""
    return _set_like(request, liked=True)


@endpoint(
    "DELETE",
    "/comments/{comment_id}/like",
    allow=Audience.SIGNED_IN,
    limit=LimitClass.LIKE,
    response=CommentLikeState,
    problems=("not_found",),
)
def unlike_comment(request: Request) -> Reply:
    """Take a like of a comment back."""
    return _set_like(request, liked=False)


def _set_like(request: Request, *, liked: bool) -> Reply:
    comment_id = request.params["comment_id"]
    likes = comments.set_like(request.context, request.caller, comment_id, liked=liked)
    return Reply(CommentLikeState(liked=liked, like_count=likes))


def _page(
    request: Request, filters: str, found: list[StoredComment], limit: int, *, by_likes: bool
) -> Reply:
    shown = found[:limit]
    cursor = None
    if len(found) > limit:
        last = shown[-1]
        if by_likes:
            cursor = write_cursor(request, filters, [last.likes, last.row_id])
        else:
            cursor = write_moment(request, filters, last.created_at, last.row_id)
    items = [Comment.of(comment) for comment in shown]
    return Reply(CommentPage(items=items, next_cursor=cursor))
