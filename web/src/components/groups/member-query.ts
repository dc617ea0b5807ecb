/** The first part of what the lists of members are kept under; the second is the group's id. */
export const MEMBERS = "members";
