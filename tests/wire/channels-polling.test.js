import { channelsSuite } from "./src/channels/suite.js";

channelsSuite("polling");
