package io.ringward.node;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * `pass-epoch`: nothing but the lock and the fence that every acting step passes. Once it has answered, no step of an older execution is at work
 * here, and none will be: what comes of it now or later is refused.
 */
final class PassEpoch implements Step {
    @Override
    public Map<String, Object> run(Request request, Journal journal) throws Exception {
        Map<String, Object> result = new LinkedHashMap<String, Object>();
        result.put("epoch", EpochFence.newest(request.cluster));
        return result;
    }
}
