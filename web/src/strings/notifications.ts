export const inbox = {
  title: "Inbox",
  readAll: "Mark all as read",
  label: "Notifications",
  empty: "Nothing new",
  emptyDetail: "Likes, comments, new followers and news about your videos appear here.",
  unread: "Unread",
  statement: "A decision of our moderators",
};
