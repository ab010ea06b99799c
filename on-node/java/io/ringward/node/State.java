package io.ringward.node;

import java.util.LinkedHashMap;
import java.util.Map;

/** `state`: what a person needs at a hand-over; it changes nothing. */
final class State implements Step {
    @Override
    public Map<String, Object> run(Request request, Journal journal) throws Exception {
        Map<String, Object> result = new LinkedHashMap<String, Object>();
        result.put("epoch", EpochFence.newest(request.cluster));
        result.put("lock", NodeLock.glance());
        Journal.Summary summary = Journal.check();
        Map<String, Object> open = summary.open;
        result.put("open", open == null ? null : Json.object("deployment", open.get("deployment"), "requestId", open.get("requestId"), "phase", open.get("step") + "/" + open.get("phase"),
            "since", open.containsKey("since") ? open.get("since") : open.get("at")));
        result.put("journal", Json.object("entries", summary.entries, "head", summary.head, "intact", summary.intact));
        result.put("files", FileFacts.of(request));
        result.put("snapshots", Snapshot.names());
        result.put("service", new Service(request).fact());
        return result;
    }
}
