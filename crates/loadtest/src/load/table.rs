//! The result of a run, as people read it.

use std::io::{self, Write};

use super::crowd::CrowdReport;
use super::private::PrivateReport;
use super::report::{Connections, Messages, Report, Server};
use super::tally::Percentiles;

/// Writes the table.
///
/// # Errors
/// If `out` cannot be written.
pub(crate) fn print(out: &mut impl Write, report: &Report) -> io::Result<()> {
    let Report { label, scenario, url, transport, .. } = report;
    let space = if label.is_empty() { "" } else { ": " };
    writeln!(out, "{label}{space}{scenario} over {transport:?} at {url}")?;
    connections(out, &report.connections)?;
    if let Some(sent) = &report.messages {
        messages(out, sent)?;
    }
    if let Some(found) = &report.private {
        private(out, found)?;
    }
    if let Some(found) = &report.crowd {
        crowd(out, found)?;
    }
    if let Some(used) = &report.server {
        server(out, used)?;
    }
    for reason in &report.connections.reasons {
        writeln!(out, "  reason        {reason}")?;
    }
    for warning in &report.warnings {
        writeln!(out, "  WARNING       {warning}")?;
    }
    Ok(())
}

fn connections(out: &mut impl Write, found: &Connections) -> io::Result<()> {
    writeln!(
        out,
        "  connections   {} of {} in groups: {}, failed {}, lost {}, stalled {}",
        found.joined, found.asked, found.groups, found.failed, found.lost, found.stalled
    )?;
    writeln!(out, "  connecting    {:.2} s, {:.0}/s", found.seconds, found.per_second)?;
    percentiles(out, "first event", found.first_event_ms.as_ref())
}

fn messages(out: &mut impl Write, found: &Messages) -> io::Result<()> {
    writeln!(
        out,
        "  sent          {} in {} s ({}/s asked), {} B of text, {} unsent",
        found.sent, found.seconds, found.asked_per_second, found.text_bytes, found.unsent
    )?;
    writeln!(
        out,
        "  deliveries    {} of {}, {} missing; {:.0}/s",
        found.deliveries_received,
        found.deliveries_expected,
        found.deliveries_missing,
        found.deliveries_per_second
    )?;
    percentiles(out, "latency", found.latency_ms.as_ref())?;
    if let Some(acks) = &found.acks {
        writeln!(
            out,
            "  acknowledged  {} of {}, {} refused; {:.0}/s",
            acks.received, acks.expected, acks.refused, acks.per_second
        )?;
        percentiles(out, "to the ack", acks.latency_ms.as_ref())?;
    }
    if let Some(confirmed) = &found.confirmed {
        writeln!(
            out,
            "  confirmed     {} of {}, {} failed; {:.0}/s",
            confirmed.received, confirmed.expected, confirmed.refused, confirmed.per_second
        )?;
        percentiles(out, "to confirmed", confirmed.latency_ms.as_ref())?;
    }
    percentiles(out, "sent late by", found.lateness_ms.as_ref())?;
    writeln!(out, "  generator     {:.0} % of a core", found.generator_cpu * 100.0)
}

fn private(out: &mut impl Write, found: &PrivateReport) -> io::Result<()> {
    let PrivateReport { marks, marks_answered, reads_expected, reads_received, .. } = found;
    writeln!(
        out,
        "  marks         {marks_answered} of {marks} answered; \
         message_read {reads_received} of {reads_expected}"
    )?;
    percentiles(out, "to the mark", found.mark_ms.as_ref())?;
    let PrivateReport { typing_expected, typing_received, stops_received, lists, .. } = found;
    writeln!(
        out,
        "  writing       typing {typing_received} and stop_typing {stops_received} of \
         {typing_expected}; {lists} conversation_updated"
    )
}

fn crowd(out: &mut impl Write, found: &CrowdReport) -> io::Result<()> {
    let CrowdReport { people, came, sockets, conversations, seconds, .. } = found;
    writeln!(
        out,
        "  crowd         {came} of {people} came in {seconds:.1} s, with {sockets} sockets and \
         {conversations} conversations"
    )?;
    for (name, sums) in [("user_online", found.online), ("user_offline", found.offline)] {
        writeln!(
            out,
            "  {name:<13} {} of {}, {} missing, {} beyond",
            sums.received, sums.expected, sums.missing, sums.surplus
        )?;
    }
    Ok(())
}

fn percentiles(out: &mut impl Write, name: &str, found: Option<&Percentiles>) -> io::Result<()> {
    let Some(Percentiles { p50, p90, p99, p999, max }) = found else { return Ok(()) };
    writeln!(
        out,
        "  {name:<13} p50 {p50:.3}  p90 {p90:.3}  p99 {p99:.3}  p99.9 {p999:.3}  max {max:.3} ms"
    )
}

fn server(out: &mut impl Write, used: &Server) -> io::Result<()> {
    let moments =
        [("before", used.memory_before), ("idle", used.memory_idle), ("end", used.memory_end)];
    for (moment, memory) in moments {
        if let Some(memory) = memory {
            let (pss, rss) = (memory.pss_kb, memory.rss_kb);
            writeln!(out, "  memory        {moment:<6} PSS {pss} KB, RSS {rss} KB")?;
        }
    }
    if let Some(kb) = used.idle_kb_per_connection {
        writeln!(out, "  a connection  {kb:.2} KB at idle")?;
    }
    if let (Some(cpu), Some(user), Some(kernel)) =
        (used.cpu, used.user_us_per_delivery, used.kernel_us_per_delivery)
    {
        writeln!(
            out,
            "  server CPU    {:.0} % of a core; a delivery {user:.2} us user + {kernel:.2} us kernel",
            cpu * 100.0
        )?;
    }
    Ok(())
}
