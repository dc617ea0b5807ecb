//! What every store must do: one function for each rule of the port, to be run over any
//! [`Store`](chat::store::Store).
//!
//! A store's crate has a test that holds a function of its own, which makes an empty store and runs a
//! rule over it, and names it:
//!
//! ```ignore
//! fn run<F: Future<Output = ()>>(rule: impl FnOnce(Arc<dyn Store>) -> F) {
//!     store_suite::block_on(rule(an_empty_store()));
//! }
//! store_suite::store_contract!(run);
//! ```

pub mod accounts;
pub mod changes;
pub mod conversations;
pub mod direct;
pub mod echo;
pub mod lists;
pub mod marks;
pub mod members;
pub mod messages;
pub mod people;
pub mod views;
mod world;

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;

pub use world::{Dice, World};

/// Makes one `#[test]` of each rule. It is given a function that takes a rule, makes an empty store,
/// and runs the one over the other.
#[macro_export]
macro_rules! store_contract {
    ($run:path) => {
        $crate::store_contract!(@tests $run;
            accounts {
                a_new_account_is_found_by_id_and_by_name,
                usernames_are_unique_in_every_spelling,
                own_ids_are_decimal_and_never_come_twice,
                own_ids_step_over_a_hosts_decimal_ids,
                a_host_account_is_made_on_first_sight_and_follows_its_token,
                a_host_account_gets_a_free_name,
                a_host_cannot_take_over_another_account,
                accounts_are_found_by_the_beginning_of_a_word,
                a_search_is_bounded_and_sorted_and_finds_no_guest,
                a_profile_is_changed_in_part,
                a_password_is_changed_only_from_the_current_one,
                ended_guests_are_deleted_and_leave_their_name,
                a_guest_is_kept_as_long_as_its_last_token,
                accounts_are_counted_by_origin,
            }
            changes {
                a_token_is_looked_at_with_its_account,
                revoking_a_token_is_seen_by_whoever_asks_and_whoever_follows,
                revoking_an_account_moves_valid_after_only_forward,
                changes_come_in_order_and_in_parts,
                forgetting_goes_by_time_and_leaves_the_numbering,
            }
            conversations {
                a_new_room_has_its_maker_in_it,
                entering_makes_a_member_once,
                a_private_channel_is_entered_by_nobody,
                a_new_member_has_read_what_is_there,
                leaving_ends_a_membership_once,
                the_longest_member_inherits_a_channel,
                a_guest_inherits_last,
                what_is_not_there_is_not_found,
            }
            members {
                any_member_of_a_private_channel_invites,
                who_may_not_be_approached_is_not_invited,
                nobody_is_invited_where_there_are_no_invitations,
                only_the_owner_removes,
                whoever_was_removed_writes_no_more,
                what_ends_or_begins_for_somebody_leaves_a_change,
            }
            direct {
                opening_makes_one_conversation_for_both,
                only_two_accounts_that_are_no_guests_have_one,
                the_first_message_makes_it,
                nobody_else_writes_in_it,
                a_direct_conversation_is_neither_entered_nor_left,
                pairs_whose_ids_collide_are_kept_apart,
                an_ambiguous_id_belongs_to_those_who_were_there_first,
                the_later_of_two_can_be_the_same,
            }
            messages {
                messages_get_the_next_place_without_a_gap,
                many_writers_leave_no_gap,
                a_resend_stores_nothing_and_gives_the_first,
                another_text_under_the_same_key_is_a_conflict,
                keys_are_each_senders_own_in_each_conversation,
                a_message_without_a_key_has_its_id_for_one,
                what_one_is_rejected_for_does_not_touch_the_others,
                who_may_write_where,
                a_resend_makes_nobody_a_member,
                writing_makes_a_member,
                a_page_is_what_was_asked_for,
                a_page_names_its_senders_also_the_deleted,
                everything_of_a_message_is_kept,
                a_buried_message_leaves_its_place_and_its_key,
                settling_finds_what_is_stored_and_nothing_else,
                a_conversation_shows_its_newest_message,
            }
            echo {
                a_post_absorbs_one_emit,
                two_equal_posts_absorb_two_emits_in_order,
                only_an_emit_that_repeats_is_absorbed,
                the_window_counts_from_the_post_or_the_connect,
                a_recent_post_comes_before_an_old_one,
                an_emit_tried_again_finds_its_post,
                a_buried_post_absorbs_still,
                posts_that_wait_are_bounded,
            }
            marks {
                a_mark_moves_forward_and_never_beyond_the_newest,
                own_messages_are_never_unread,
                whoever_is_not_a_member_has_no_mark,
                a_mark_in_what_two_may_have_is_not_moved,
                unread_counts_equal_a_recount,
            }
            lists {
                rooms_are_listed_by_their_last_activity,
                many_rooms_are_paged_without_a_double_or_a_hole,
                paging_is_stable_while_others_write,
                titles_are_found_by_the_beginning_of_a_word,
                private_channels_are_listed_for_their_members_alone,
                direct_conversations_are_listed_once_they_matter,
                an_accounts_own_conversations_are_found_at_once,
                partners_are_those_one_has_opened_with_or_written_to,
                lists_equal_a_recount,
            }
            people {
                members_are_listed_in_the_order_of_joining,
                pages_of_members_are_bounded,
                a_block_is_kept_until_it_is_ended,
                only_who_is_there_blocks_and_is_blocked,
                blocked_people_are_paged,
                across_a_block_nothing_direct_is_written,
                across_a_block_a_resend_is_not_found,
                across_a_block_only_the_blocker_moves_a_mark,
            }
            views {
                a_view_is_for_whoever_may_see_it,
                a_view_holds_the_newest_message_and_its_sender,
                a_direct_view_shows_the_other_one,
                a_direct_conversation_is_there_before_it_is_made,
                views_are_for_those_who_are_members,
                unread_counts_hold_at_every_border,
                unread_counts_of_views_equal_a_recount,
            }
        );
    };
    (@tests $run:path; $($module:ident { $($rule:ident,)* })*) => {
        $($(
            #[test]
            fn $rule() {
                $run($crate::$module::$rule);
            }
        )*)*
    };
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Waits for a future on this thread: enough for a store that has threads of its own.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => std::thread::park(),
        }
    }
}

#[cfg(test)]
mod tests {
    /// A rule that nobody runs proves nothing.
    #[test]
    fn every_rule_is_in_the_list() {
        let list = include_str!("lib.rs");
        for source in [
            include_str!("accounts.rs"),
            include_str!("changes.rs"),
            include_str!("conversations.rs"),
            include_str!("direct.rs"),
            include_str!("echo.rs"),
            include_str!("lists.rs"),
            include_str!("marks.rs"),
            include_str!("members.rs"),
            include_str!("messages.rs"),
            include_str!("people.rs"),
            include_str!("views.rs"),
        ] {
            let rules = source.lines().filter_map(|line| line.strip_prefix("pub async fn "));
            let names: Vec<_> = rules.filter_map(|rest| rest.split('(').next()).collect();
            assert!(!names.is_empty());
            for name in names {
                assert!(list.contains(&format!(" {name},\n")), "{name} is not in the list");
            }
        }
    }
}
